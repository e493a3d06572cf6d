/**
 * What the whole system costs that is brought up for a run: the 77 agents, their servers, side-cars and tools. From nothing to all
 * healthy, registered and scraped; then idle, with nothing but its own heartbeats, reports and scrapes; then gone. The observer is
 * the harness's own: it is measured at its rate first, with what its questions cost those who answer, and the idle fleet without it.
 *
 * `node bench/whole.ts` prints the parts beside the sums.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Docker from 'dockerode'
import { once } from '../src/base/gather.ts'
import { machineLabel, roleLabel } from '../src/fleet/compose.ts'
import { optionsOf } from '../src/fleet/engine.ts'
import { bringUp, type Fleet } from '../src/fleet/fleet.ts'
import { prometheusPort } from '../src/fleet/prometheus.ts'
import type { Topology } from '../src/fleet/topology.ts'
import { usual } from '../src/journal/asked-for.ts'
import { boot } from '../src/run/boot.ts'
import { bringUpOf } from '../src/run/bring-up.ts'
import { fleetRequestOf } from '../src/run/request.ts'
import { prepare, type Ready } from '../src/setup/prepare.ts'
import { atMost, type Group, type Row } from './row.ts'

interface Whole {
  readonly agents: number
  /** Those counted: all but the observer's. */
  readonly containers: number
  /** From the first container on; until all containers run, everyone is healthy, then registered as well, then scraped as well. */
  readonly runningMs: number
  readonly healthyMs: number
  readonly registeredMs: number
  readonly scrapedMs: number
  readonly disposalMs: number
  readonly memoryMb: number
  /** Share of one core, the observer and its probes left out. */
  readonly idleCores: number
  /** What the observer costs at its rate: itself, and those who answer it. */
  readonly observerCores: number
  readonly observerMemoryMb: number
  readonly parts: readonly Part[]
}

interface Part {
  readonly name: string
  readonly memoryMb: number
  readonly idleCores: number
}

const never = new AbortController().signal
const bootMs = 120_000
const comeUpMs = 180_000
/** Registrations, first reports and the hubs' first replays are over by then. */
const settleMs = 30_000
const watchedMs = 20_000
const idleMs = 60_000
const observer = 'observer'

export function wholeRows(ready: () => Promise<Ready>): Group {
  const measured = once(async () => benchWhole(await ready()))
  const row = (id: string, more: Omit<Row, 'id' | 'measure'>, of: (whole: Whole) => Awaited<ReturnType<Row['measure']>>): Row => {
    return { id: `whole-${id}`, ...more, measure: async () => of(await measured()) }
  }
  return {
    rows: [
      row(
        'up',
        {
          what: 'the whole system, from nothing to 77 healthy, registered and scraped',
          how: 'From the first container on, until the registry and Prometheus themselves say so of all.',
          unit: 's',
          target: atMost(30),
        },
        ({ scrapedMs }) => ({ value: scrapedMs / 1000 }),
      ),
      row(
        'memory',
        {
          what: 'memory of its containers, the observer left out',
          how: 'By their cgroups, without the pages of files that were not used for a while.',
          unit: 'MB',
          target: atMost(3 * 1024),
        },
        ({ memoryMb, containers }) => ({ value: memoryMb, detail: `${containers} containers` }),
      ),
      row(
        'idle',
        {
          what: 'the same, idle, at one scrape each 5 s, without the observer',
          how: `Processor time of ${idleMs / 1000} s by their cgroups, with nothing but heartbeats, reports and scrapes.`,
          unit: 'core',
          target: atMost(0.4),
        },
        ({ idleCores }) => ({ value: idleCores }),
      ),
      row(
        'observer',
        {
          what: 'what the observer adds at its rate, with those who answer it',
          how: 'The observer is the measuring and not the system that is measured, which is why it has a row of its own.',
          unit: 'core',
          against: 'the system without it',
        },
        ({ observerCores, idleCores }) => ({ value: observerCores, other: idleCores }),
      ),
      row(
        'disposal',
        {
          what: 'the whole system, disposed of',
          how: 'Until no container, network or volume is left, which is looked at.',
          unit: 's',
          target: atMost(10),
        },
        ({ disposalMs }) => ({ value: disposalMs / 1000 }),
      ),
    ],
  }
}

/** @throws Error when it does not come up whole, or leaves anything behind */
async function benchWhole(ready: Ready): Promise<Whole> {
  const request = fleetRequestOf(usual)
  const { topology } = request.configs
  const directory = mkdtempSync(join(tmpdir(), 'gauntlet-bench-'))
  const begunMs = performance.now()
  const sinceBegunMs = () => performance.now() - begunMs
  const fleet = await bringUp(bringUpOf(request, ready, { run: `bench-whole-${process.pid}`, directory, seed: 0 }), never)
  const runningMs = sinceBegunMs()
  try {
    const answers = (await boot(fleet, [...topology.machines.keys()], bootMs, never)).filter(({ dryRun }) => !dryRun)
    const flawed = answers.filter(({ ok }) => !ok).map(({ machine }) => machine)
    if (flawed.length > 0 || answers.length !== topology.machines.size) throw new Error(`not booted: ${flawed.join(', ')}`)
    const healthyMs = sinceBegunMs()
    await became('registered', topology.agents.size, () => registered(fleet, topology))
    const registeredMs = sinceBegunMs()
    await became('scraped', topology.agents.size, () => scraped(fleet))
    const scrapedMs = sinceBegunMs()
    await sleep(settleMs)
    const docker = new Docker(optionsOf(ready.engine))
    const watched = await usage(fleet, docker, watchedMs)
    await fleet.observer().run(['node', '-e', 'process.kill(1, "SIGTERM")'], { timeoutMs: 5_000 })
    const parts = await usage(fleet, docker, idleMs, observer)
    const left = await disposed(fleet)
    const observed = watched.find(({ name }) => name === observer)
    const idleCores = sum(parts, 'idleCores')
    return {
      agents: topology.agents.size,
      containers: parts.length,
      runningMs,
      healthyMs,
      registeredMs,
      scrapedMs,
      disposalMs: left,
      memoryMb: sum(parts, 'memoryMb'),
      idleCores,
      observerCores: sum(watched, 'idleCores') - idleCores,
      observerMemoryMb: observed?.memoryMb ?? 0,
      parts,
    }
  } finally {
    await fleet[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true })
  }
}

async function disposed(fleet: Fleet): Promise<number> {
  const begunMs = performance.now()
  await fleet[Symbol.asyncDispose]()
  const tookMs = performance.now() - begunMs
  const { containers, networks, volumes } = await fleet.leftovers()
  const left = [...containers, ...networks, ...volumes]
  if (left.length > 0) throw new Error(`not disposed of: ${left.join(', ')}`)
  return tookMs
}

async function became(what: string, all: number, count: () => Promise<number>): Promise<void> {
  let found = 0
  for (const endMs = performance.now() + comeUpMs; performance.now() < endMs; await sleep(250)) {
    found = await count()
    if (found === all) return
  }
  throw new Error(`${found} of ${all} are ${what} after ${comeUpMs / 1000} s`)
}

/** By the registry's own word, of those whom it holds for alive. */
async function registered(fleet: Fleet, { agents }: Topology): Promise<number> {
  const registry = [...agents.values()].find(({ role }) => role === 'registry')
  if (registry === undefined) throw new Error('there is no registry')
  const { stdout } = await fleet.tool(registry.machine).run(['tool', 'fetch', `http://127.0.0.1:${registry.port}/agents`])
  if (stdout === '') return 0
  return (JSON.parse(stdout) as readonly { readonly status: string }[]).filter(({ status }) => status !== 'UNHEALTHY').length
}

/** By Prometheus' own word. */
async function scraped(fleet: Fleet): Promise<number> {
  const query = encodeURIComponent('count(up{job="agents"} == 1)')
  const url = `http://prometheus.mgmt:${prometheusPort}/api/v1/query?query=${query}`
  const program = `fetch(${JSON.stringify(url)}).then(async (answer) => console.log(await answer.text()), () => {})`
  const { stdout } = await fleet.observer().run(['node', '-e', program])
  if (stdout === '') return 0
  const { data } = JSON.parse(stdout) as { readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] } }
  return Number(data.result[0]?.value[1] ?? 0)
}

/** Of every container that runs, over the time, by its cgroup. */
async function usage(fleet: Fleet, docker: Docker, overMs: number, without?: string): Promise<readonly Part[]> {
  const running = (await fleet.containers()).filter(({ state, labels }) => state === 'running' && labels[roleLabel] !== without)
  const look = () => Promise.all(running.map(({ id }) => statsOf(docker, id)))
  const before = await look()
  await sleep(overMs)
  const after = await look()
  return running.map(({ labels }, place): Part => {
    const [first, last] = [before[place] as Stats, after[place] as Stats]
    return {
      name: [labels[roleLabel], labels[machineLabel]].filter((word) => word !== undefined).join(' '),
      memoryMb: last.memoryBytes / 2 ** 20,
      idleCores: (last.cpuNs - first.cpuNs) / 1e6 / (last.atMs - first.atMs),
    }
  })
}

interface Stats {
  readonly atMs: number
  readonly cpuNs: number
  readonly memoryBytes: number
}

/** Memory as `docker stats` has it: without the pages of files that nobody has used for a while. */
async function statsOf(docker: Docker, id: string): Promise<Stats> {
  const { cpu_stats, memory_stats } = await docker.getContainer(id).stats({ stream: false, 'one-shot': true })
  const { total_inactive_file: v1, inactive_file: v2 = 0 } = memory_stats.stats as { total_inactive_file?: number; inactive_file?: number }
  return { atMs: performance.now(), cpuNs: cpu_stats.cpu_usage.total_usage, memoryBytes: memory_stats.usage - (v1 ?? v2) }
}

function sum(parts: readonly Part[], key: 'memoryMb' | 'idleCores'): number {
  return parts.reduce((all, part) => all + part[key], 0)
}

if (import.meta.main) {
  const { parts, ...sums } = await benchWhole(await prepare('images'))
  const rows = parts.toSorted((a, b) => b.idleCores - a.idleCores)
  const lines = rows.map((row) => `${row.name.padEnd(22)} ${(100 * row.idleCores).toFixed(2)} % of a core, ${row.memoryMb.toFixed(0)} MB`)
  process.stdout.write(`${lines.join('\n')}\n${JSON.stringify(sums, undefined, 1)}\n`)
}
