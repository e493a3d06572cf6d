/**
 * Every fault that lasts until it is undone, on a real fleet: its proof holds when it was applied and once more just before the undo. A
 * query that looks for a moment and not for a state would call each of them ineffective at its end.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { holds } from '../../src/base/predicate.ts'
import { type FaultKind, faults } from '../../src/faults/index.ts'
import type { Targets } from '../../src/fleet/select.ts'
import type { AgentId } from '../../src/fleet/topology.ts'
import type { EventBody } from '../../src/journal/event.ts'
import { holdFault } from '../../src/run/hold.ts'
import { agents, machines } from '../held-faults.ts'
import { farWorker, mainpc, never, pc2, type SmallFleet, smallFleet, until, well, worker } from '../small-fleet.ts'

let small: SmallFleet
let leases = 0
beforeAll(async () => {
  small = await smallFleet(`last-look-${process.pid}`, true, 'small', undefined, true)
})
afterAll(() => small?.[Symbol.asyncDispose]())

const hubs = agents('mainpc/ObservabilityHub' as AgentId, 'pc2/ObservabilityHub' as AgentId)
const [onMainpc, onPc2, one, far] = [machines(mainpc), machines(pc2), agents(worker), agents(farWorker)]
/** Long enough that whatever is there for a moment only is over. */
const usualMs = 5_000
/** And that a supervisor gives up whom it restarts in vain. */
const longMs = 35_000

type Use = readonly [kind: FaultKind, params: object, targets: Targets, holdMs?: number]
const uses: readonly Use[] = [
  ['noop', {}, onMainpc],
  ['process-kill', { signal: 'KILL', keep: 'dead' }, one],
  ['process-kill', { signal: 'KILL', keep: 'dead' }, one, longMs],
  ['process-stop', {}, agents(worker, farWorker)],
  ['process-zombie', {}, agents(worker, farWorker)],
  ['container-kill', { server: 'nats' }, onPc2],
  ['container-kill', {}, onPc2],
  ['container-pause', { server: 'nats' }, onMainpc],
  ['container-pause', {}, onPc2],
  ['cpu', { cores: 1, load: 0.8 }, machines(mainpc, pc2)],
  ['memory', { bytes: '64MB', ramp: '1s', until: 'held' }, onMainpc],
  ['memory', { bytes: '64MB', ramp: '1s', until: 'killed' }, onMainpc],
  ['clock', { offset: '+5m', drift: '0ms/s' }, onPc2],
  ['clock', { offset: '0s', drift: '10ms/s' }, onMainpc],
  ['partition', { direction: 'both' }, onPc2],
  ['partition', { direction: 'in' }, onPc2],
  ['partition', { direction: 'out', peers: ['mainpc'], ports: [7200] }, onPc2],
  ['partition', { direction: 'both', flap: { down: '2s', up: '2s' } }, onPc2],
  ['partition', { direction: 'both', flap: { down: '5s', up: '5s' } }, onPc2],
  ['link', { loss: '10%' }, onPc2],
  ['link', { delay: '300ms', jitter: '50ms' }, onPc2],
  ['link', { rate: '256kbit' }, onPc2],
  ['port-squat', { address: '0.0.0.0', proto: 'tcp' }, one],
  ['port-squat', { address: '0.0.0.0', proto: 'tcp' }, one, longMs],
  ['port-squat', { port: 6_123, address: '127.0.0.1', proto: 'udp' }, onMainpc],
  ['dns', { mode: 'time-out' }, onPc2],
  ['dns', { mode: 'fail' }, onPc2],
  ['dns', { mode: 'wrong' }, onPc2],
  ['disk-fill', { volume: 'logs', left: '0B' }, onMainpc],
  ['inode-fill', { volume: 'logs', left: '0 files' }, onPc2],
  ['log-flood', { rate: '256KB/s' }, far],
  ['log-flood', { rate: '1MB/s' }, far, longMs],
  ...(['absent', 'wrong', 'unreadable', 'empty', 'truncated', 'rotated'] as const).map(
    (state): Use => ['secret', { name: 'NATS_PASSWORD', state }, hubs, state === 'wrong' || state === 'absent' ? longMs : usualMs],
  ),
  ['config-change', { key: 'port', value: 'free-port', expect: 'taken', restart: true }, one],
  ...(['port', 'config', 'baseagent', 'exporter', 'hub', 'boot-script', 'log-handler', 'release', 'both-releases'] as const).map(
    (what): Use => ['change', { what }, far, what === 'exporter' ? longMs : usualMs],
  ),
]

const everyone = () => [...small.topology.agents.keys()]
const allWell = async () => (await Promise.all(everyone().map(small.health))).every((answer) => answer === well)

test.each(uses.map((use) => [`${use[0]} ${JSON.stringify(use[1])}${use[3] === longMs ? ', held long' : ''}`, use] as const))(
  '%s',
  async (name, [kind, params, targets, holdMs = usualMs]) => {
    const lease = `look-${++leases}`
    const plan = faults[kind].plan(small.topology, targets, params as never, lease)
    const journal: (EventBody & { readonly atMs: number })[] = []
    const write = (body: EventBody) => journal.push({ ...body, atMs: performance.now() })
    const held = await holdFault(small.fleet, { lease, kind, plan, holdMs, ttlMs: 2 * holdMs + 60_000 }, { write, signal: never })
    const restartedMs = plan.restarts && (await until(allWell, plan.restarts.withinMs)) ? performance.now() : undefined
    await sleep(holdMs)
    await held.release()

    const at = (state: string) => journal.find((event) => event.kind === 'lease' && event.state === state)?.atMs ?? Number.NaN
    const proofs = journal.flatMap((event) => (event.kind === 'proof' && event.query !== 'gone' ? [event] : []))
    const expected = journal.flatMap((event) => (event.kind === 'plan' ? event.expectations : []))
    const shows = ({ step, query, answer, problem }: (typeof proofs)[number]) => {
      const wanted = expected[step]?.[query]
      return (wanted !== undefined && answer !== null && holds(wanted, answer) === true) || (problem ?? JSON.stringify(answer))
    }
    const each = plan.steps.map(() => true)
    const whileHeld = proofs.filter(({ atMs, query }) => query === 'lasting' && atMs < at('releasing'))
    const sides = [
      proofs.filter(({ query }) => query === 'effective'),
      proofs.filter(({ atMs }) => atMs > at('releasing') && atMs < at('undone')),
    ] as const
    const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`
    process.stdout.write(
      `${[
        `${name}: applied after ${seconds(at('applied') - at('applying'))}`,
        `looks ${sides[0].length} + ${whileHeld.length} + ${sides[1].length}`,
        `at most ${seconds(longestUnseenMs(whileHeld, plan.steps.length))} apart`,
        `the last began ${seconds(Math.max(0, ...sides[1].map(({ ageMs }) => ageMs)))} before it was told`,
        `from releasing to undone ${seconds(at('undone') - at('releasing'))}`,
        ...(restartedMs === undefined ? [] : [`all healthy again ${seconds(restartedMs - at('applying'))} after applying`]),
      ].join(', ')}\n`,
    )
    expect.soft(sides.map((side) => side.map(shows))).toEqual([each, each])
    expect.soft(whileHeld.map(shows).filter((word) => word !== true)).toEqual([])
    for (const step of plan.steps.keys()) expect.soft(whileHeld.filter((proof) => proof.step === step).length).toBeGreaterThan(0)
    expect.soft(restartedMs !== undefined).toBe(plan.restarts !== undefined)
    expect(await until(allWell, 90_000)).toBe(true)
  },
)

/** From an answer to the begin of the next look at the same step. */
function longestUnseenMs(
  looks: readonly { readonly step: number; readonly atMs: number; readonly ageMs: number }[],
  steps: number,
): number {
  const gaps = Array.from({ length: steps }, (_, step) => looks.filter((look) => look.step === step)).flatMap((own) =>
    own.slice(1).map(({ atMs, ageMs }, place) => atMs - ageMs - (own[place]?.atMs ?? atMs)),
  )
  return Math.max(0, ...gaps)
}
