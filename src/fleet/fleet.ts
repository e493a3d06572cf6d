/** A fleet that is up: its machines through their tool containers, its observer's words, and the way to be rid of it. */
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { GauntletError } from '../base/errors.ts'
import type { LeftoversEvent } from '../journal/residue-event.ts'
import { type ComposeInput, composeFiles, keptLabel, machineLabel, roleLabel, runLabel, type ServiceRole } from './compose.ts'
import { composeUp } from './compose-up.ts'
import { type Engine, type ExecAnswer, type ExecOptions, openEngine } from './engine.ts'
import type { ContainerState, Holdings } from './holdings.ts'
import { type ResidentTool, residentTool } from './resident-tool.ts'
import type { MachineId, Topology } from './topology.ts'

/** What the engine still holds of a run, by name. */
export type Leftovers = Pick<LeftoversEvent, 'containers' | 'networks' | 'volumes'>

export interface Tool {
  /**
   * A command in its container: a machine's tool container stands inside the machine's namespaces. The tool's own verbs go over one stream
   * to its resident server. @throws as Engine.exec and ResidentTool.run
   */
  run(argv: readonly string[], options?: ExecOptions): Promise<ExecAnswer>
}

export interface Fleet extends AsyncDisposable {
  readonly run: string
  tool(machine: MachineId): Tool
  /** Commands in the hand's container, which has the engine's socket. @throws GauntletError harness/fleet where it was brought up without */
  engine(): Tool
  /** Commands in the machine's own container, as its owner would call them. */
  machine(machine: MachineId): Tool
  /** Commands in the load generator's container. @throws GauntletError harness/fleet where it was brought up without */
  load(): Tool
  /** Commands beside the observer, on the management network. */
  observer(): Tool
  /** Standard output of the observer from its beginning, line by line, until it ends. */
  observerLines(signal: AbortSignal): AsyncIterable<string>
  /** All containers, whatever became of them. */
  containers(): Promise<readonly ContainerState[]>
  /** The last lines of a container's output. */
  logs(role: ServiceRole, machine: MachineId | undefined, lines: number): Promise<string>
  /** What the engines still hold of it: nothing, once it was disposed of. */
  leftovers(): Promise<Leftovers>
  /** Ends the streams to its tools, so that another harness may have them; they are opened again when they are next needed. */
  leaveTools(): void
}

export interface BringUp extends Omit<ComposeInput, 'labels' | 'engineSocket'> {
  /** What a machine's engine `local` means, as DOCKER_HOST has it. */
  readonly engine: string
  /** Path of a compose v2 executable. */
  readonly compose: string
  /** Of the run; whoever claims it (base/owner.ts) owns the fleet, and `sweep` leaves it alone for as long as it lives. */
  readonly directory: string
  /** Whether there is a hand that holds the engine: for faults of whole containers. */
  readonly hand?: boolean
  /** Left standing when it is disposed of, and by `sweep`: for `up`. */
  readonly kept?: boolean
}

export const directoryLabel = 'gauntlet.directory'
export const hostLabel = 'gauntlet.host'
const disposalMs = 10_000
const settleMs = 300
const local = 'local'

/**
 * Returns once every container runs; whether the agents in them do is for others to find out.
 * @throws GauntletError harness/fleet, environment/ability or environment/engine, with nothing left behind; the signal's reason
 */
export async function bringUp(input: BringUp, signal: AbortSignal): Promise<Fleet> {
  const { run, topology, engine, compose, directory, hand = false, kept = false } = input
  const owner = { [directoryLabel]: directory, [hostLabel]: hostname() }
  const files = composeFiles({
    ...input,
    ...(hand ? { engineSocket: socketOf(engine) } : {}),
    labels: kept ? { ...owner, [keptLabel]: 'true' } : owner,
  })
  if (files.size > 1) {
    const names = [...files.keys()].join(', ')
    const what = `bringing up ${run} on ${names}: its data network is a bridge, which cannot span several engines`
    throw new GauntletError('environment/ability', what)
  }
  const engines = enginesOf(topology, engine)
  const label = `${runLabel}=${run}`
  try {
    for (const [name, text] of files) {
      const address = (engines.get(name) as Engine).address
      await composeUp({ compose, engine: address, project: projectOf(run), text }, signal)
    }
    return await open(run, topology, engines, kept)
  } catch (error) {
    const words = error instanceof GauntletError && error.code === 'harness/fleet' ? await lastWords(engines, label) : ''
    await removeFleet(engines.values(), run)
    await sleep(settleMs) // what compose had just asked for when it was stopped may only now be there
    await removeFleet(engines.values(), run)
    if (words === '') throw error
    throw new GauntletError('harness/fleet', `${(error as Error).message}\n${words}`, { cause: error })
  }
}

function projectOf(run: string): string {
  return `gauntlet-${run.toLowerCase()}`
}

/** Removes everything of a run. Its deadline is its own: whoever wants to be rid of a fleet may well have been aborted. */
export async function removeFleet(engines: Iterable<Engine>, run: string): Promise<Leftovers> {
  const end = AbortSignal.timeout(disposalMs)
  const left = await Promise.all([...engines].map((engine) => engine.remove(`${runLabel}=${run}`, end)))
  return namesOf(left)
}

/** What the engines still hold of a run, whether or not its fleet ever came up. */
export function leftoversOf({ run, topology, engine }: Pick<BringUp, 'run' | 'topology' | 'engine'>): Promise<Leftovers> {
  return leftoversOn(enginesOf(topology, engine).values(), run)
}

async function leftoversOn(engines: Iterable<Engine>, run: string): Promise<Leftovers> {
  return namesOf(await Promise.all([...engines].map((engine) => engine.holdings(`${runLabel}=${run}`))))
}

/** Engine name → engine, for every engine that a machine of this topology names. */
function enginesOf({ machines }: Topology, localAddress: string): ReadonlyMap<string, Engine> {
  const names = new Set([...machines.values()].map((machine) => machine.engine))
  return new Map([...names].map((name) => [name, openEngine(name === local ? localAddress : name)]))
}

/** A fleet that somebody else has brought up, and keeps. @throws GauntletError harness/fleet where it is not whole */
export function attach({ run, topology, engine }: Pick<BringUp, 'run' | 'topology' | 'engine'>): Promise<Fleet> {
  return open(run, topology, enginesOf(topology, engine), true)
}

async function open(run: string, topology: Topology, engines: ReadonlyMap<string, Engine>, kept: boolean): Promise<Fleet> {
  const label = `${runLabel}=${run}`
  const all = await Promise.all([...engines.values()].map(async (engine) => ({ engine, holdings: await engine.holdings(label) })))
  const found = all.flatMap(({ engine, holdings }) => holdings.containers.map((container) => ({ engine, container })))
  const place = (role: ServiceRole, machine?: MachineId) => {
    const match = found.find(({ container: { labels } }) => labels[roleLabel] === role && labels[machineLabel] === machine)
    if (match === undefined) throw new GauntletError('harness/fleet', `looking for the ${role} ${machine ?? ''} of ${run}: there is none`)
    return match
  }
  const down = found.filter(({ container }) => container.state !== 'running')
  if (down.length > 0) {
    const states = down.map(({ container }) => `${container.name}: ${container.status}`).join('\n')
    throw new GauntletError('harness/fleet', `bringing up ${run}: not every container runs\n${states}`)
  }
  for (const machine of topology.machines.keys()) place('tool', machine)
  const residents = new Map<string, ResidentTool>()
  const resident = (role: 'tool' | 'hand', machine?: MachineId): Tool => {
    const { engine, container } = place(role, machine)
    const open = () => engine.open(container.id, ['tool', 'serve', '--owner', `${run} of ${ownerWords()}`])
    const tool = residents.get(container.id) ?? residentTool(open, machine ?? 'the engine')
    residents.set(container.id, tool)
    return { run: (argv, options) => (argv[0] === 'tool' ? tool.run(argv, options) : engine.exec(container.id, argv, options)) }
  }
  return {
    run,
    tool: (machine) => resident('tool', machine),
    engine: () => resident('hand'),
    load: () => toolIn(place('load')),
    machine: (machine) => toolIn(place('machine', machine)),
    observer: () => toolIn(place('observer')),
    observerLines(signal) {
      const { engine, container } = place('observer')
      return engine.follow(container.id, signal)
    },
    async containers() {
      return (await Promise.all([...engines.values()].map((engine) => engine.holdings(label)))).flatMap(({ containers }) => containers)
    },
    logs(role, machine, lines) {
      const { engine, container } = place(role, machine)
      return engine.tail(container.id, lines)
    },
    leftovers: () => leftoversOn(engines.values(), run),
    leaveTools() {
      for (const tool of residents.values()) tool[Symbol.dispose]()
    },
    async [Symbol.asyncDispose]() {
      for (const tool of residents.values()) tool[Symbol.dispose]()
      if (!kept) await removeFleet(engines.values(), run)
    },
  }
}

/** An engine that is reached over a network has its socket where engines have it. */
function socketOf(address: string): string {
  return address.startsWith('unix://') ? address.slice('unix://'.length) : '/var/run/docker.sock'
}

const wordLines = 5

/** Of the containers that did not stay up. */
async function lastWords(engines: ReadonlyMap<string, Engine>, label: string): Promise<string> {
  const words = [...engines.values()].map(async (engine) => {
    const { containers } = await engine.holdings(label)
    const ended = containers.filter(({ state }) => state === 'exited' || state === 'dead')
    return Promise.all(ended.map(async ({ id, name, status }) => `${name}: ${status}\n${await engine.tail(id, wordLines)}`))
  })
  return (await Promise.all(words)).flat().join('\n').trim()
}

function namesOf(all: readonly Holdings[]): Leftovers {
  const names = (kind: keyof Holdings) => all.flatMap((holdings) => holdings[kind].map(({ name }) => name)).sort()
  return { containers: names('containers'), networks: names('networks'), volumes: names('volumes') }
}

/** Of two harnesses on one fleet, one is not the other. */
function ownerWords(): string {
  return `process ${process.pid} on ${hostname()}`
}

function toolIn({ engine, container }: { readonly engine: Engine; readonly container: ContainerState }): Tool {
  return { run: (argv, options) => engine.exec(container.id, argv, options) }
}
