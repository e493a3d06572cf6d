/** What there is: machines, agents, ports, who needs whom. Pure data, made from the startup configs by `topologyOf`. */
export type MachineId = string & { readonly brand: 'machine' }
/** `machine/Name`, since one name may live on both machines. */
export type AgentId = string & { readonly brand: 'agent' }

/** What kind of process an agent is; everything but these four is an ordinary agent. */
export type Role = 'registry' | 'coordinator' | 'hub' | 'agent'

export interface Machine {
  readonly id: MachineId
  /** Name of the engine that runs it: a DOCKER_HOST address, or `local` for the one the environment names. */
  readonly engine: string
  /** Its name on the data network `lan` (cut by partitions) and on the management network `mgmt` (observation). */
  readonly lanName: string
  readonly mgmtName: string
  /** The startup config as the owner wrote it, to the byte. */
  readonly configFile: string
  readonly configText: string
  /** For expressions in it, such as PORT_OFFSET. */
  readonly variables?: Readonly<Record<string, string>>
}

export interface Agent {
  readonly id: AgentId
  readonly name: string
  readonly machine: MachineId
  readonly group: string
  readonly role: Role
  readonly port: number
  readonly healthPort: number
  readonly scriptPath: string
  readonly required: boolean
  /** Resolved on the same machine first, then on the other. Unknown names are findings, and are left out here. */
  readonly dependsOn: readonly AgentId[]
  /** The config's env_vars. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface Topology {
  readonly machines: ReadonlyMap<MachineId, Machine>
  readonly agents: ReadonlyMap<AgentId, Agent>
}
