/** The stages of a scenario at their edges: what its bring-up said, and how each agent was before the fault and at the last read. */
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story } from '../../fixtures/histories/build.ts'
import type { Check } from '../checks/check.ts'
import { checkOf } from '../checks/index.ts'
import type { Answer, Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import type { Stage } from '../verdict.ts'
import { judgeStage } from './stages.ts'

/** A promise so lax that only the rest of a stage decides. */
const lax: Story = { ...goodStory, intervalMs: 500, steadyMs: 10_000, recoveryMs: 70_000, limits: { ...goodStory.limits, uptime: 0.5 } }
const endOfAllMs = lax.steadyMs + 400 + lax.holdMs + 300 + lax.recoveryMs

function find(stage: Stage, story: Partial<Story> = {}, change: (event: Event) => readonly Event[] = (event) => [event]) {
  const events = eventsOf({ ...lax, ...story }).flatMap(change)
  const history = historyFrom(journalOf(renumbered(events)))
  const scenario = history.scenarios[0] as ScenarioHistory
  return judgeStage[stage](history, scenario, (id) => (checkOf(id) as Check).judge(history, scenario))
}
const saying = (outcome: 'pass' | 'fail' | 'unknown', because: RegExp) =>
  expect.objectContaining({ outcome, because: expect.stringMatching(because) })
const without = (drop: (event: Event) => boolean) => (event: Event) => (drop(event) ? [] : [event])
const said =
  (who: string, what: Answer, fromMs: number, toMs: number): Story['answer'] =>
  (agent, atMs) =>
    agent === who && atMs >= fromMs && atMs < toMs ? what : undefined

describe('steady', () => {
  const bootOf = (machine: string, change: (boot: Event<'boot'>) => Partial<Event<'boot'>> | undefined) => (event: Event) => {
    if (event.kind !== 'boot' || event.machine !== machine || event.dryRun) return [event]
    const changed = change(event)
    return changed === undefined ? [] : [{ ...event, ...changed }]
  }
  const healthyAfter = (healthyMs: number | null) =>
    bootOf('pc2', ({ started }) => ({ started: started.map((each, place) => (place === 0 ? { ...each, healthyMs } : each)) }))

  test('passes where all came up and were healthy until the fault', () => expect(find('steady').outcome).toBe('pass'))
  test('has a limit for the last agent to be healthy, and names the one that never was', () => {
    expect(find('steady', {}, healthyAfter(120_000)).outcome).toBe('pass')
    expect(find('steady', {}, healthyAfter(120_001))).toEqual(saying('fail', /^the last agent was healthy after 120\.0 s$/))
    expect(find('steady', {}, healthyAfter(null))).toEqual(saying('fail', /^the fleet did not come up; never healthy: pc2\/Vision$/))
  })
  test('fails where a boot script gave up, and says why', () => {
    const findings = [{ rule: 'port-clash', message: 'A and B', agents: [] }]
    expect(
      find(
        'steady',
        {},
        bootOf('pc2', () => ({ ok: false, findings })),
      ),
    ).toEqual(saying('fail', /^the fleet did not come up; the boot script gave up on pc2: A and B$/))
  })
  test('is unknown where a boot script said nothing, of itself or of an agent', () => {
    expect(
      find(
        'steady',
        {},
        bootOf('pc2', () => undefined),
      ),
    ).toEqual(saying('unknown', /^the boot script never said how it went on pc2$/))
    const untold = bootOf('pc2', ({ started }) => ({ started: started.slice(1) }))
    expect(find('steady', {}, untold)).toEqual(saying('unknown', /^the boot script did not say that it started these: pc2\/Vision$/))
    const nowhere = find('steady', {}, (event) => [event.kind === 'topology' ? { ...event, machines: [] } : event])
    expect(nowhere).toEqual(saying('unknown', /^the boot script never said how it went$/))
  })
  test('asks no boot script where the fleet was already up', () => {
    const warm = (event: Event): readonly Event[] => {
      if (event.kind === 'boot') return []
      return [event.kind === 'scenario' ? { ...event, coldStart: false } : event]
    }
    expect(find('steady', {}, warm).outcome).toBe('pass')
  })
  test('fails where one is not healthy at its end, and is unknown where one was not seen there', () => {
    expect(find('steady', { answer: said('mainpc/Planner', 'timeout', 7_000, 10_000) })).toEqual(
      saying('fail', /^not healthy at the end of steady: mainpc\/Planner$/),
    )
    // The last two slots before a probe may meet the fault, of so many that these are no share of them.
    const unseen = said('mainpc/Planner', 'unsent', 78_915, 80_000)
    expect(find('steady', { intervalMs: 50, steadyMs: 80_000, recoveryMs: 10_000, answer: unseen })).toEqual(
      saying('unknown', /^not seen at the end of steady: mainpc\/Planner$/),
    )
  })
  test('tells of one whose last slot was a bad one, behind a good one', () => {
    expect(find('steady')).toEqual(saying('pass', /^all 4 agents healthy at the end of steady$/))
    expect(find('steady', { answer: said('mainpc/Planner', 'timeout', 8_600, 8_700) })).toEqual(
      saying('pass', /^all 4 agents healthy at the end of steady, by the slot before the last of mainpc\/Planner$/),
    )
  })
  test('is unknown where it never began', () => {
    const never = without((event) => event.kind === 'phase' && event.name === 'steady')
    expect(find('steady', {}, never)).toEqual(saying('unknown', /^fleet in steady: there was no such time$/))
  })
  test('is unknown without an observer', () => {
    expect(
      find(
        'steady',
        {},
        without(({ kind }) => kind === 'observer'),
      ).outcome,
    ).toBe('unknown')
  })
})

describe('effective', () => {
  test('passes with the proof of the fault, and is unknown without a fault', () => {
    expect(find('effective').outcome).toBe('pass')
    const none = without((event) => ['plan', 'lease', 'proof'].includes(event.kind))
    expect(find('effective', { stopped: [] }, none)).toEqual(saying('unknown', /^no fault was applied$/))
  })
})

describe('recovered', () => {
  const lastMs = endOfAllMs - 3_000
  test('passes where bystanders are healthy at the last read', () => expect(find('recovered').outcome).toBe('pass'))
  test('fails where one of them is not, whatever its budget says', () => {
    expect(find('recovered', { answer: said('mainpc/Planner', 'timeout', lastMs, Number.POSITIVE_INFINITY) })).toMatchObject({
      outcome: 'fail',
      because: 'outside the blast radius, and not healthy at the last read: mainpc/Planner',
      measure: { value: 1, limit: 0, unit: 'findings' },
    })
  })
  test('is unknown where one of them was not seen then', () => {
    expect(find('recovered', { answer: said('mainpc/Planner', 'unsent', lastMs, Number.POSITIVE_INFINITY) })).toEqual(
      saying('unknown', /^not seen at the last read: mainpc\/Planner$/),
    )
  })
  test('is unknown without a recovery, though all are healthy', () => {
    expect(
      find(
        'recovered',
        {},
        without((event) => event.kind === 'phase' && event.name === 'recovery'),
      ),
    ).toEqual(saying('unknown', /^there was no recovery phase$/))
  })
  test('is unknown without an observer', () => {
    expect(
      find(
        'recovered',
        {},
        without(({ kind }) => kind === 'observer'),
      ).outcome,
    ).toBe('unknown')
  })
})
