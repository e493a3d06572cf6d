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
/** Its command line: nothing, `--dry-run`, or `--dry-run --config -`, which reads the config that it is to judge from standard input. */
export const bootScript = 'start_system_v2'
/** Its first line when it was given a config: who does not know that option says nothing of the config that was given. */
export const configGiven = 'config: standard input'
/** Below the project root: what `bootScript` runs. */
export const deployedBootScript = 'scripts/start_system_v2'
/** NDJSON; each line is the body of a `boot` event (journal/event.ts). The one with `dryRun: false` is the last. */
export const bootLogPath = '/var/log/fleet/boot.ndjson'
export const supervisorSocket = '/run/supervisor.sock'
/** Rounds of an agent's work loop, counted by itself; one takes at most this long. SIGUSR2 stops the loop, and nothing else. */
export const workRoundsMetric = 'agent_work_rounds_total'
export const workRoundMs = 500
/** A tmpfs that the machine may only read: a file for each secret, named after it, 0400 and the agents' own. */
export const secretsDirectory = '/run/secrets'
/** In the side-car's container. */
export const secretsPlanPath = '/etc/fleet/secrets.json'

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
  /** Defects of this machine, its agents' included, by id (fixtures/fleet/defects.yaml): a simulated machine shows them. Absent: none. */
  readonly defects?: readonly string[]
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
   * says, VAULT_ADDR (of those who need a secret), and the config's env_vars.
   */
  readonly environment: Readonly<Record<string, string>>
  /** Names of the secrets without which it does not start; absent: none. Values are nowhere in a deployment. */
  readonly secrets?: readonly string[]
  /** Flags of its script, which a commit changes; absent: none. */
  readonly flags?: Readonly<Record<string, string>>
  /** Its log has a quota, though others of the machine may have none. */
  readonly rotated?: boolean
  /** Its own defects, by id; its process finds them in AGENT_DEFECTS. Absent: none. */
  readonly defects?: readonly string[]
}

/** What a machine's side-car makes, by name: the values are its own, fresh for each fleet, and leave it only for a tmpfs or Vault. */
export interface SecretsPlan {
  readonly machine: string
  /** One file each in `secretsDirectory`. */
  readonly names: readonly string[]
  /** Machines whose message servers hang on this one's as leaves. */
  readonly leaves: readonly string[]
  /** `host:port` of the server on which this machine's hangs; absent where it hangs on none. */
  readonly centre?: string
  readonly vaultUrl: string
  /** Of this machine's message server. */
  readonly natsMonitorUrl: string
  /** Values that stand in the startup config, in plain words, by name: these are not made. Absent: none. */
  readonly given?: Readonly<Record<string, string>>
  /** The machine's defects, as in its deployment. */
  readonly defects?: readonly string[]
}
