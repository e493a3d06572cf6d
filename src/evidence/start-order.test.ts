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
