/** Any order of starts: one that keeps to what agents depend on is never found fault with, and one that does not always is. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered } from '../../fixtures/histories/build.ts'
import type { Event } from '../journal/event.ts'
import { startOrder } from './start-order.ts'

type Boot = Event<'boot'>
const story = { ...goodStory, intervalMs: 1_000, steadyMs: 2_000, recoveryMs: 2_000 }
const made = eventsOf(story)

/** Of one machine; `needs[i]` are places of agents that agent i depends on. */
function judged(needs: readonly (readonly number[])[], change: (boot: Boot) => Partial<Boot>, circles: readonly string[][] = []) {
  const id = (place: number) => `mainpc/A${place}`
  const depths: number[] = []
  for (const [place, needed] of needs.entries()) depths[place] = Math.max(0, ...needed.map((need) => (depths[need] ?? 0) + 1))
  const layers = Array.from({ length: Math.max(...depths) + 1 }, (_, depth) => depths.flatMap((own, i) => (own === depth ? [`A${i}`] : [])))
  const started = depths.map((depth, place) => ({ agent: id(place), startedMs: 1_000 * depth, healthyMs: 1_000 * depth + 900 }))
  const events = made.flatMap((event): Event[] => {
    if (event.kind === 'topology') {
      const [one] = event.agents
      const agents = needs.map((needed, place) => ({ ...one, id: id(place), name: `A${place}`, dependsOn: needed.map(id) }))
      return [{ ...event, machines: event.machines.slice(0, 1), agents } as Event]
    }
    if (event.kind === 'config-findings') {
      const finding = { rule: 'dependency-cycle', severity: 'error', message: 'm', file: 'f', line: 1, column: 1 } as const
      return [{ ...event, findings: circles.map((agents) => ({ ...finding, agents })) }]
    }
    if (event.kind !== 'boot') return event.kind === 'samples' ? [] : [event]
    if (event.machine !== 'mainpc') return []
    const boot = { ...event, layers, started: event.dryRun ? [] : started }
    return [{ ...boot, ...change(boot) }]
  })
  const history = historyFrom(journalOf(renumbered(events)))
  return startOrder(history, history.scenarios[0]?.of('boot') ?? [])
}

/** Each agent depends on some of those before it, the last one on one at least. */
const graphs = fc
  .integer({ min: 2, max: 8 })
  .chain((size) =>
    fc.tuple(
      ...Array.from({ length: size }, (_, place) => fc.subarray([...Array(place).keys()], { minLength: place === size - 1 ? 1 : 0 })),
    ),
  )

describe('an order of starts', () => {
  test('that keeps to what depends on what is right, and every dependency is counted', () => {
    fc.assert(
      fc.property(graphs, (needs) => {
        expect(judged(needs, () => ({}))).toEqual({ wrong: [], unknown: [], dependencies: needs.flat().length })
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  test('in which one agent did not wait for one of its dependencies is wrong, and names both', () => {
    fc.assert(
      fc.property(graphs, fc.nat({ max: 899 }), (needs, earlyMs) => {
        const agent = `mainpc/A${needs.length - 1}`
        const need = `mainpc/A${needs.at(-1)?.[0]}`
        const { wrong } = judged(needs, ({ started }) => {
          const healthyMs = started.find((each) => each.agent === need)?.healthyMs ?? 0
          return { started: started.map((each) => (each.agent === agent ? { ...each, startedMs: healthyMs - 1 - earlyMs } : each)) }
        })
        expect(wrong).toContainEqual(expect.stringMatching(new RegExp(`${agent} was started .*its dependency ${need} was healthy`)))
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  test('without any one agent, layer or time of the report is not known to be right', () => {
    const needs = [[], [0], [0, 1]]
    for (const place of [0, 1, 2]) {
      const name = `A${place}`
      expect(judged(needs, ({ started }) => ({ started: started.filter(({ agent }) => !agent.endsWith(name)) })).unknown).not.toEqual([])
      expect(
        judged(needs, ({ layers }) => ({ layers: layers.map((layer) => layer.filter((other) => other !== name)) })).unknown,
      ).not.toEqual([])
    }
  })

  test('a start at the very moment at which the dependency was healthy is after it', () => {
    const at = (ms: number) =>
      judged([[], [0]], ({ started }) => ({ started: started.map((each, place) => (place === 1 ? { ...each, startedMs: ms } : each)) }))
        .wrong
    expect([at(900).length, at(899).length]).toEqual([0, 1])
  })

  test('of a circle is said once, by the finding about the circle', () => {
    const together = ({ started }: Boot) => ({
      layers: [['A0', 'A1']],
      started: started.map((each) => ({ ...each, startedMs: 0 })),
    })
    expect(judged([[], [0]], together, [['mainpc/A0', 'mainpc/A1']]).wrong).toEqual([])
    expect(judged([[], [0]], together, [['mainpc/A0', 'mainpc/A7']]).wrong).toHaveLength(1)
  })
})

describe('what a report says of itself', () => {
  const agent = (id: string, dependsOn: readonly string[] = []) => ({ id, machine: id.split('/')[0], dependsOn })
  const start = (id: string, startedMs: number, healthyMs: number | null = startedMs + 100, more: object = {}) => ({
    agent: id,
    startedMs,
    healthyMs,
    ...more,
  })
  const boot = (machine: string, layers: readonly (readonly string[])[], started: readonly object[] = [], dryRun = false) =>
    ({ machine, layers, started, dryRun, findings: [] }) as unknown as Boot
  const order = (agents: readonly object[], ...boots: readonly Boot[]) =>
    startOrder({ topology: { agents } } as unknown as Parameters<typeof startOrder>[0], boots)
  const [a, b, c] = ['pc/A', 'pc/B', 'pc/C']
  const good = [start(a, 0), start(b, 200)]

  test('the dry run of a machine plans what its real run does, and no other’s does', () => {
    const real = boot('pc', [['A'], ['B']], good)
    const dry = (machine: string, ...layers: readonly string[][]) => boot(machine, layers, [], true)
    const planned = (...boots: readonly Boot[]) => order([agent(a), agent(b)], real, ...boots).unknown
    expect(planned(dry('pc', ['A'], ['B']), dry('pc2', ['C']))).toEqual([])
    const other = ['boot of pc: its dry run planned other layers than its real run']
    expect(planned(dry('pc', ['A', 'B']))).toEqual(other)
    expect(planned(dry('pc', ['A'], ['B']), dry('pc', ['A', 'B']))).toEqual(other)
  })
  test('without layers, or with a time that cannot be, it is not known', () => {
    const said = (layers: readonly (readonly string[])[], ...started: readonly object[]) =>
      order([agent(a)], boot('pc', layers, started)).unknown
    expect(said([], start(a, 0))).toEqual(['boot of pc: it names no layers'])
    expect(said([['A']], start(a, 0))).toEqual([])
    expect(said([['A']], start(a, 500, 500))).toEqual([])
    expect(said([['A']], start(a, 500, null))).toEqual([])
    const absurd = ['boot of pc: healthy before the start, or started before the script: pc/A']
    expect(said([['A']], start(a, 500, 499))).toEqual(absurd)
    expect(said([['A']], start(a, -1, null))).toEqual(absurd)
    expect(said([['A']], start(a, 0), start(a, 0))).toEqual(['boot of pc: more than one start time: pc/A'])
    expect(said([['A'], ['A']], start(a, 0))).toContainEqual('boot of pc: in more than one layer: pc/A')
  })
  test('layers that were not started one after the other contradict their times, and the first of these is named', () => {
    const said = (...started: readonly object[]) =>
      order([agent(a), agent(b), agent(c)], boot('pc', [['A', 'B'], ['C']], started)).unknown.join()
    expect(said(start(a, 0), start(b, 300), start(c, 300))).toBe('')
    const words = (early: string, last: string) =>
      `boot of pc: its layers and its times contradict each other: ${c} was started after ${early}, and ${last} of an earlier layer after 0.30 s`
    expect(said(start(a, 0), start(b, 300), start(c, 299))).toBe(words('0.30 s', b))
    expect(said(start(a, 300), start(b, 0), start(c, 200))).toBe(words('0.20 s', a))
    expect(said(start(a, 300), start(b, 300), start(c, 200))).toBe(words('0.20 s', a))
    const three = boot('pc', [['A'], ['B'], ['C']], [start(a, 500), start(b, 300), start(c, 400)])
    expect(order([agent(a), agent(b), agent(c)], three).unknown.join()).toMatch(/pc\/B was started after 0\.30 s, and pc\/A/)
  })
  test('an agent of the same layer as what it depends on is wrong, in whatever layer the two are', () => {
    const inLayers = (...layers: readonly string[][]) =>
      order([agent(a), agent(b, [a]), agent(c)], boot('pc', layers, [...good, start(c, 0)])).wrong
    expect(inLayers(['A', 'C'], ['B'])).toEqual([])
    expect(inLayers(['A', 'B', 'C'])).toHaveLength(1)
    expect(inLayers(['C'], ['A', 'B'])).toEqual([
      'boot of pc: pc/B was started after 0.20 s, in layer 2, and its dependency pc/A, healthy after 0.10 s, in layer 2, which is not an earlier one',
    ])
    expect(inLayers(['B', 'C'], ['A'])).toHaveLength(1)
    expect(inLayers(['B', 'C'])).toEqual([]) // in no layer, which is said of it
    expect(inLayers(['A', 'C'])).toEqual([])
  })
  test('what it depends on was healthy, of this machine and of another', () => {
    const [other, third] = ['pc2/Hub', 'pc2/Aux']
    const waited = (waitedFor?: readonly object[]) =>
      order([agent(a), agent(b, [other])], boot('pc', [['A'], ['B']], [start(a, 0), start(b, 200, 300, { waitedFor })]))
    expect(
      waited([
        { agent: third, healthyMs: 900 },
        { agent: other, healthyMs: 150 },
      ]),
    ).toEqual({ wrong: [], unknown: [], dependencies: 1 })
    expect(waited([{ agent: other, healthyMs: 201 }]).wrong.join()).toMatch(
      /pc\/B was started after 0\.20 s, before its dependency pc2\/Hub/,
    )
    expect(waited([{ agent: other, healthyMs: null }]).wrong.join()).toMatch(/while its dependency pc2\/Hub was not healthy/)
    expect(waited([{ agent: third, healthyMs: 150 }]).unknown.join()).toMatch(/did not say when its dependency pc2\/Hub/)
    expect(waited().unknown.join()).toMatch(/did not say when its dependency pc2\/Hub/)
    const ill = order([agent(a), agent(b, [a])], boot('pc', [['A'], ['B']], [start(a, 0, null), start(b, 200)]))
    expect(ill.wrong).toEqual([])
  })
  test('of two times of one agent the first counts', () => {
    const twice = (...started: readonly object[]) => order([agent(a), agent(b, [a])], boot('pc', [['A'], ['B']], started)).wrong.length
    expect([twice(start(a, 0), start(b, 50), start(b, 200)), twice(start(a, 0), start(b, 200), start(b, 50))]).toEqual([1, 0])
    expect([twice(start(a, 0), start(a, 150), start(b, 200)), twice(start(a, 150), start(a, 0), start(b, 200))]).toEqual([0, 1])
    const waitedFor = [100, 900].map((healthyMs) => ({ agent: 'pc2/Hub', healthyMs }))
    const remote = boot('pc', [['B']], [start(b, 200, 300, { waitedFor })])
    expect(order([agent(b, ['pc2/Hub'])], remote).wrong).toEqual([])
  })
})
