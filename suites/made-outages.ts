/**
 * Outages of known length on a real fleet, many side by side on different agents, while the observer watches. The truth comes from
 * beside the fault: what its lease notes by the kernel's clock, and when a killed process listens again.
 */
import { join } from 'node:path'
import Docker from 'dockerode'
import { realClock } from '../src/base/clock.ts'
import type { NonEmpty } from '../src/base/nonempty.ts'
import type { Span } from '../src/evidence/scope.ts'
import type { Plan } from '../src/faults/fault.ts'
import { faults } from '../src/faults/index.ts'
import { is, query, tool } from '../src/faults/tool-steps.ts'
import { roleLabel, type ServiceRole } from '../src/fleet/compose.ts'
import { logDirectory } from '../src/fleet/contract.ts'
import { optionsOf } from '../src/fleet/engine.ts'
import { servicesOf, watchedOf } from '../src/fleet/services.ts'
import type { Agent, AgentId, Topology } from '../src/fleet/topology.ts'
import { journalSchema } from '../src/journal/event.ts'
import { openJournal } from '../src/journal/writer.ts'
import { observerDefaults } from '../src/probes/config.ts'
import { commitOf } from '../src/run/commit.ts'
import { holdFault } from '../src/run/hold.ts'
import { hostOf } from '../src/run/identity.ts'
import { type Observation, observe } from '../src/run/observe.ts'
import { type Random, shuffled } from '../src/statistics/random.ts'
import { leaseFile } from '../src/tool/lease-folder.ts'
import { commentOf } from '../src/tool/rules.ts'
import { never, type SmallFleet } from './small-fleet.ts'

/** As in every run. */
export const groundTruthTerms = { intervalMs: observerDefaults.intervalMs, timeoutMs: observerDefaults.timeoutMs } as const
export const ways = ['packets dropped', 'SIGSTOP', 'SIGKILL'] as const
export type Way = (typeof ways)[number]
/** A packet is sent again by the kernel after 0.2 s and 0.6 s: whoever waits for less than that, and Δ, gets an answer in time. */
const shortestMs: Readonly<Record<Way, number>> = { 'packets dropped': 1_000, SIGSTOP: 200, SIGKILL: 200 }

/** What was done, on the run's clock: when an ideal probe would have begun to fail, and when it would have succeeded again. */
export interface Truth {
  readonly agent: AgentId
  readonly way: Way
  readonly span: Span
  /** How long the deed itself took, so that nobody knows better when it was done; Infinity where it was no single outage after all. */
  readonly blurMs: number
}

export interface Planned {
  readonly lease: string
  readonly way: Way
  readonly lengthMs: number
}

/** @returns what was done; how it was seen is then in the journal, which is closed */
export async function makeOutages(
  small: SmallFleet,
  file: string,
  outages: readonly Planned[],
  seed: number,
  random: Random,
): Promise<readonly Truth[]> {
  await preferMachines(small)
  await using journal = openJournal(file, realClock)
  const { write, nowMs } = journal
  const originMs = realClock.nowMs() - nowMs()
  const everyone = [...small.topology.agents.keys()]
  const watched = watchedOf(small.topology).map(({ id }) => id)
  for (const event of await beginning(small, seed)) write(event)
  const enough = new AbortController()
  const startedMs = -upWithinMs // its observer is older than the journal
  const observation = observe(small.fleet.observerLines(enough.signal), { write, clock: realClock, nowMs, watched, startedMs })
  const up = await observation.untilWell(everyone, { sustainedMs: 3_000, withinMs: 60_000 }, never)
  if (up.outcome !== 'well') throw new Error(`the fleet did not come up: ${JSON.stringify(up)}`)
  write({ kind: 'phase', name: 'steady' })
  const workers = workersOf(small.topology)
  const shares = shared(outages, workers.length)
  const truths: Truth[] = []
  await Promise.all(
    workers.map(async (agent, place) => {
      for (const outage of shuffled(shares[place] ?? [], random)) {
        await realClock.sleep(1_000 * (3 + 3 * random.uniform()))
        await hurt(small, agent, outage, write)
        await wellAgain(observation, agent.id)
        const { fromMs, toMs, blurMs } = await spanOf(small, agent, outage)
        truths.push({ agent: agent.id, way: outage.way, span: { fromMs: fromMs - originMs, toMs: toMs - originMs }, blurMs })
      }
    }),
  )
  await realClock.sleep(1_000)
  write({ kind: 'phase', name: 'final' })
  await small.fleet.observer().run(['node', '-e', 'process.kill(1, "SIGTERM")'])
  await observation.ended
  write({ kind: 'end', endedAt: new Date().toISOString(), interrupted: false })
  return truths
}

/** One of each machine stays as it is, beside hub and registry, to show how long an answer takes there. */
function workersOf({ agents, machines }: Topology): readonly Agent[] {
  const workers = [...agents.values()].filter(({ role }) => role === 'agent')
  return [...machines.keys()].flatMap((id) => workers.filter(({ machine }) => machine === id).slice(1))
}

/** What is measured is the observer, not how long an agent waits for a core: machines come before whatever else runs in containers. */
async function preferMachines({ fleet, ready }: SmallFleet): Promise<void> {
  const docker = new Docker(optionsOf(ready.engine))
  const machines = (await fleet.containers()).filter(({ labels }) => labels[roleLabel] === ('machine' satisfies ServiceRole))
  for (const { id } of machines) await docker.getContainer(id).update({ CpuShares: 4096 })
}

async function beginning({ ready, run, topology }: SmallFleet, seed: number) {
  const promises = {
    uptime: 0.999,
    coverage: 1,
    registrationMs: 30_000,
    metricsFreshMs: 30_000,
    bootMs: 60_000,
    recoveryMs: 60_000,
    ...{ rollbackMs: 1, rollbackAgentMs: 1, rollbackConfigMs: 1, latencyP50: 1, latencyP95: 1, latencyP99: 1, latencyLeastMs: 1 },
  }
  const name = 'ground-truth'
  return [
    {
      kind: 'run',
      schema: journalSchema,
      id: run,
      startedAt: new Date().toISOString(),
      reproduce: `npm run ${name} -- --seed ${seed}`,
      seed,
      profile: 'phase0',
      timeScale: 1,
      defects: [],
      vault: 'none',
      ...(await commitOf(import.meta.dirname)),
      images: { ...ready.images },
      host: hostOf(ready.engine, []),
      suite: { name, scenarios: [name], requires: [] },
      promises,
    },
    {
      kind: 'topology',
      machines: [...topology.machines.values()].map(({ id, engine, configFile }) => ({ id, engine, configFile })),
      agents: [...topology.agents.values()],
      services: servicesOf(topology),
      places: [],
    },
    {
      kind: 'scenario',
      name,
      hypothesis: 'an outage is measured as it was',
      risks: [],
      criteria: [],
      limits: promises,
      coldStart: true,
      planned: { steadyMs: 1, disturbedMs: 1 },
    },
  ] as const
}

/** @param longestMs of the lengths, which are spread evenly by ratio, in each way alike */
export function planned(count: number, longestMs: number): readonly Planned[] {
  return Array.from({ length: count }, (_, place) => {
    const way = ways[place % ways.length] as Way
    const leastMs = shortestMs[way]
    return { lease: `truth-${place}`, way, lengthMs: leastMs * (longestMs / leastMs) ** (place / (count - 1)) }
  })
}

/** The longest first, each to whoever has least: so that all are done at about the same time. */
function shared(outages: readonly Planned[], count: number): readonly (readonly Planned[])[] {
  const besidesMs = 5_000
  const shares = Array.from({ length: count }, () => ({ outages: [] as Planned[], sumMs: 0 }))
  for (const outage of outages.toSorted((a, b) => b.lengthMs - a.lengthMs)) {
    const least = shares.reduce((a, b) => (b.sumMs < a.sumMs ? b : a))
    least.outages.push(outage)
    least.sumMs += outage.lengthMs + besidesMs
  }
  return shares.map((share) => share.outages)
}

/** Nothing of the fleet has been there for longer. */
const upWithinMs = 600_000
/** From the word of the harness to the undo beside the fault. */
const releaseMs = 200

async function hurt(small: SmallFleet, agent: Agent, { lease, way, lengthMs }: Planned, write: Parameters<typeof holdFault>[2]['write']) {
  const holdMs = way === 'SIGSTOP' ? lengthMs + groundTruthTerms.timeoutMs : lengthMs
  let appliedMs = Number.NaN
  const use = { lease, kind: way, plan: planOf(small, agent, way, lease), holdMs }
  await using _held = await holdFault(small.fleet, use, {
    write(event) {
      if (event.kind === 'lease' && event.state === 'applied') appliedMs = realClock.nowMs()
      return write(event)
    },
    signal: never,
  })
  await realClock.sleep(appliedMs + holdMs - releaseMs - realClock.nowMs())
}

function planOf({ topology }: SmallFleet, { id, machine, healthPort }: Agent, way: Way, lease: string): Plan {
  const targets = { agents: [id] as NonEmpty<AgentId> }
  if (way === 'SIGSTOP') return faults['process-stop'].plan(topology, targets, {}, lease)
  if (way === 'SIGKILL') return faults['process-kill'].plan(topology, targets, { signal: 'KILL', keep: 'dead' }, lease)
  // No fault of the harness may blind its observer, so that this one is the suite's own.
  const iptables = (deed: string) =>
    ({
      argv: ['iptables', '--wait', deed, 'INPUT', ...match, '--match', 'comment', '--comment', commentOf(lease), '--jump', 'DROP'],
    }) as const
  const match = ['--protocol', 'tcp', '--dport', `${healthPort}`] as const
  const rules = tool('cut-state', '--lease', lease)
  const step = {
    machine,
    undo: iptables('--delete'),
    apply: iptables('--insert'),
    effective: query(rules, is('/rules/INPUT/count', 1)),
    gone: query(rules, is('/rules/INPUT/count', 0)),
  }
  return { targets: [id], radius: [id], silences: [id], takes: [], reliesOn: [], lasts: 'until-undone', steps: [step] }
}

async function wellAgain(observation: Observation, agent: AgentId): Promise<void> {
  const back = await observation.untilWell([agent], { sustainedMs: 1_000, withinMs: 60_000 }, never)
  if (back.outcome !== 'well') throw new Error(`${agent} did not come back: ${JSON.stringify(back)}`)
}

/** By the kernel's clock, as the fault's own process noted it beside the fault; a killed agent is down until it says that it listens. */
async function spanOf(small: SmallFleet, agent: Agent, { lease, way }: Planned): Promise<Span & { readonly blurMs: number }> {
  const told = async (...argv: string[]) => (await small.fleet.tool(agent.machine).run(argv)).stdout
  const notes = ['armed', 'applied', 'undone'].map((name) => leaseFile(lease, `${name}.json`))
  const noted = (await told('cat', ...notes)).trim().split('\n')
  const [armedMs = 0, appliedMs = 0, undoneMs = 0] = noted.map((line) => (JSON.parse(line) as { atMs: number }).atMs)
  const blurMs = appliedMs - armedMs
  const fromMs = appliedMs - blurMs / 2
  // Once it goes on, a stopped process answers whoever has not given up: as uptime is defined, it is not down for its last moment.
  if (way === 'SIGSTOP') return { fromMs, toMs: Math.max(fromMs, undoneMs - groundTruthTerms.timeoutMs), blurMs }
  if (way === 'packets dropped') return { fromMs, toMs: undoneMs, blurMs }
  const wallOffsetMs = Date.now() - realClock.nowMs()
  const listening = (await told('tool', 'cat', join(logDirectory, `${agent.name}.log`)))
    .split('\n')
    .filter((line) => line.includes('"message":"listening"'))
    .map((line) => Date.parse((JSON.parse(line) as { at: string }).at) - wallOffsetMs)
    .filter((atMs) => atMs > fromMs)
  const toMs = listening.at(-1)
  if (toMs === undefined) throw new Error(`${agent.id} does not say when it listened again after ${lease}`)
  // Its supervisor was quicker than what keeps it dead.
  return { fromMs, toMs, blurMs: listening.length > 1 ? Number.POSITIVE_INFINITY : blurMs }
}
