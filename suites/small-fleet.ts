/** A real fleet of 3 + 2 agents, for suites that need containers and not their number. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { claim } from '../src/base/owner.ts'
import { fleetParts, serversWith } from '../src/fleet/defective.ts'
import { defectsOf } from '../src/fleet/defects.ts'
import { bringUp, type Fleet } from '../src/fleet/fleet.ts'
import { type LoadedConfigs, loadStartupConfigs } from '../src/fleet/load-startup-configs.ts'
import { monitoringOf } from '../src/fleet/monitoring.ts'
import { natsConfigsOf } from '../src/fleet/nats.ts'
import { profileOf } from '../src/fleet/profiles.ts'
import type { Agent, AgentId, MachineId, Topology } from '../src/fleet/topology.ts'
import { type ObserverTerms, observerConfigOf, observerConfigPath } from '../src/probes/config.ts'
import { prepare, type Ready } from '../src/setup/prepare.ts'

export const mainpc = 'mainpc' as MachineId
export const pc2 = 'pc2' as MachineId
export const worker = 'mainpc/Worker' as AgentId
export const farWorker = 'pc2/FarWorker' as AgentId
/** What an agent of this profile says of itself when it is. */
export const well = 'healthy'
const bootMs = 60_000

export interface SmallFleet extends AsyncDisposable {
  readonly fleet: Fleet
  readonly topology: Topology
  /** With their findings, by our own reading. */
  readonly configs: LoadedConfigs
  readonly ready: Ready
  readonly run: string
  readonly reports: string
  /** The agent's own answer, asked from inside its machine: its status word, or what went wrong. */
  health(agent: AgentId): Promise<string>
}

export const never = new AbortController().signal

/**
 * @param owned false leaves it without an owner, as a killed harness does
 * @param configs folder of another pair of startup configs, below this one
 * @param hand whether there is one that holds the engine
 * @param timeScale of the servers that watch it; left out, there are none
 */
export async function smallFleet(run: string, owned = true, configs = 'small', timeScale?: number, hand = false): Promise<SmallFleet> {
  const small = await openSmallFleet(run, { owned, configs, timeScale, hand })
  try {
    await cameUp(small)
    return small
  } catch (error) {
    await small[Symbol.asyncDispose]() // whoever has no fleet cannot take it down
    throw error
  }
}

async function cameUp(small: SmallFleet): Promise<void> {
  for (const endMs = performance.now() + bootMs; ; await sleep(500)) {
    const answers = await Promise.all([...small.topology.agents.keys()].map(small.health))
    const running = await Promise.all([...small.topology.machines.keys()].map((machine) => processes(small, machine)))
    const isKnown = running.reduce((sum, { size }) => sum + size, 0) === answers.length // to supervisord, from whom tests have their process ids
    if (isKnown && answers.every((answer) => answer === well)) return
    if (performance.now() > endMs) throw new Error(`the small fleet did not come up: ${answers.join('; ')}`)
  }
}

export interface SmallFleetChoice {
  /** False leaves it without an owner, as a killed harness does. */
  readonly owned?: boolean
  /** Folder of the startup configs, below this one. */
  readonly configs?: string
  /** Of the servers that watch it; left out, there are none. */
  readonly timeScale?: number | undefined
  /** Whether there is one that holds the engine. */
  readonly hand?: boolean
  readonly profile?: string
  /** Their ids. */
  readonly defects?: readonly string[]
  readonly observer?: ObserverTerms
}

/** The same, whatever becomes of it: for fleets that have a defect. Their boot scripts may well not be done yet. */
export async function openSmallFleet(run: string, choice: SmallFleetChoice = {}): Promise<SmallFleet> {
  const {
    owned = true,
    configs = 'small',
    timeScale,
    profile = 'phase0',
    defects: ids = [],
    hand = false,
    observer = { phase: 0 },
  } = choice
  const parts = fleetParts(loadStartupConfigs(configFiles(configs)), profileOf(profile), defectsOf(ids))
  const { deployments, defects } = parts
  const { topology } = parts.configs
  const ready = await prepare('images')
  const reports = mkdtempSync(join(tmpdir(), 'gauntlet-suite-'))
  if (owned) claim(reports)
  const servers = timeScale === undefined ? undefined : monitoringOf({ topology, deployments, timeScale })
  const fleet = await bringUp(
    {
      ...ready,
      run,
      directory: reports,
      hand,
      topology,
      deployments,
      natsConfigs: natsConfigsOf(topology),
      observer: { path: observerConfigPath, config: observerConfigOf(topology, observer) },
      ...(servers === undefined ? {} : { monitoring: serversWith(servers, defects) }),
    },
    never,
  )
  const health = async (id: AgentId) => {
    const { machine, healthPort } = topology.agents.get(id) as Agent
    const { stdout, stderr } = await fleet.tool(machine).run(['tool', 'fetch', `http://127.0.0.1:${healthPort}/health`])
    return stdout === '' ? stderr.trim() : String((JSON.parse(stdout) as { status?: unknown }).status)
  }
  const dispose = async () => {
    await fleet[Symbol.asyncDispose]()
    rmSync(reports, { recursive: true })
  }
  return { fleet, topology, configs: parts.configs, ready, run, reports, health, [Symbol.asyncDispose]: dispose }
}

function configFiles(configs: string): string[] {
  return ['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, configs, `${machine}.startup.yaml`))
}

export function smallTopology(configs = 'small'): Topology {
  return loadStartupConfigs(configFiles(configs)).topology
}

/** Agent → process id, of all that run on a machine; supervisord counts as running who has been up for a second. */
export async function processes(small: SmallFleet, machine: MachineId): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await small.fleet.machine(machine).run(['supervisorctl', 'status'])
  return new Map([...stdout.matchAll(/^(\S+)\s+RUNNING\s+pid (\d+)/gm)].map(([, name, pid]) => [name as string, Number(pid)]))
}

/** A look into a container costs a tenth of a second of a core: looking ten times a second would take the machine from the fleets. */
const lookAgainMs = 400

/** Bounded; whoever calls asserts what comes back. */
export async function until(condition: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const endMs = performance.now() + withinMs; performance.now() < endMs; await sleep(lookAgainMs)) if (await condition()) return true
  return condition()
}
