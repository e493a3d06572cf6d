/** Where a defect can be put into what a fleet is given. */
import type { StartupAgent, StartupConfig } from '../config/startup.ts'
import type { Deployment } from './contract.ts'
import type { Server } from './monitoring.ts'
import type { AgentId } from './topology.ts'

export interface Change {
  /** The startup config of a machine that has one of the agents, as its owner wrote it and as we read it. */
  readonly config?: (config: StartupConfig, agents: readonly StartupAgent[]) => string
  /** The same as it lies on the machine, which is not what we read. */
  readonly deployedConfig?: (config: StartupConfig, agents: readonly StartupAgent[]) => string
  /** What a machine is given. */
  readonly deployment?: (deployment: Deployment, agents: ReadonlySet<AgentId>) => Deployment
  /** The servers that watch. */
  readonly servers?: (servers: readonly Server[]) => readonly Server[]
}
