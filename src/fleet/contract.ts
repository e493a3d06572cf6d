/**
 * The machine contract: what a machine's container is given, and what it must keep, so that any image can stand in for the
 * simulated one. It reads a Deployment at `deploymentPath`, runs its agents under supervisord (whose process names are the
 * agents' names, and whose socket is at `supervisorSocket`), and leaves its boot script's answers at `bootLogPath`.
 */
import type { BootEvent } from '../journal/event.ts'

/** One line of the file at `bootLogPath`. */
export type BootAnswer = BootEvent

/** In the machine's container. */
export const deploymentPath = '/etc/fleet/deployment.json'
/** Project root: `script_path` of the startup config is resolved under it. */
export const projectRoot = '/srv/fleet'
export const logDirectory = '/var/log/fleet'
/** Its command line: nothing, or `--dry-run`. */
export const bootScript = 'start_system_v2'
/** NDJSON; each line is the body of a `boot` event (journal/event.ts). The one with `dryRun: false` is the last. */
export const bootLogPath = '/var/log/fleet/boot.ndjson'
export const supervisorSocket = '/run/supervisor.sock'

export interface Deployment {
  readonly machine: string
  readonly profile: string
  /** File name and text of the startup config; the boot script reads it from projectRoot/config/. */
  readonly configFile: string
  readonly configText: string
  /** For expressions in the config, such as PORT_OFFSET. */
  readonly variables: Readonly<Record<string, string>>
  /** What is installed on this machine: one script and one supervised program each. */
  readonly agents: readonly DeployedAgent[]
  /** Agents of other machines, by name: where the boot script and the coordinator find their health. */
  readonly peers: Readonly<Record<string, Peer>>
  /** How long one agent may take to become healthy before the boot script gives up on it. */
  readonly healthWaitMs: number
  /** Mitigations that concern the machine as a whole; absent: none. */
  readonly mitigations?: readonly string[]
  /** Ids of all agents of the fleet, on whichever machine: a hub takes reports of these. Absent: of anyone. */
  readonly everyone?: readonly string[]
}

export interface Peer {
  /** `machine/Name`. */
  readonly agent: string
  readonly host: string
  readonly healthPort: number
  readonly variant?: DeployedAgent['variant']
}

export interface DeployedAgent {
  /** `machine/Name`. */
  readonly id: string
  readonly name: string
  readonly role: 'registry' | 'coordinator' | 'hub' | 'agent'
  /** `base`: health JSON, metrics, registration. `legacy`: answers a TCP connect only. */
  readonly variant: 'base' | 'legacy'
  readonly scriptPath: string
  readonly port: number
  readonly healthPort: number
  /**
   * AGENT_HOST, REGISTRY_URL, OBS_HUB_URL (a list, comma-separated, first choice first), NATS_URL, of a hub what hub-environment.ts
   * says, and the config's env_vars.
   */
  readonly environment: Readonly<Record<string, string>>
}
