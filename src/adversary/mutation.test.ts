/** What each mutation does, and that the way through memory is the way through a file. */
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory } from '../../fixtures/histories/build.ts'
import { made } from '../../fixtures/histories/prey.ts'
import { answers, type Event } from '../journal/event.ts'
import { historyOf } from '../journal/reader.ts'
import { randomFrom } from '../statistics/random.ts'
import { judge } from '../verdict/judge.ts'
import { draws, preyOf } from './draw.ts'
import { inexcusable } from './ground.ts'
import { tellsOfDoubt, whyInert } from './inert.ts'
import { type Mutation, mutated, sentenceOf } from './mutation.ts'
import { countOf } from './samples.ts'
import { historyIn, ofKind, outcomeOf, renumbered, type Tape, tapeOf, textOf } from './tape.ts'

const prey = preyOf('made', made, judge)
const all = new Set(Array.from({ length: prey.ground.ids.length + 1 }, (_, target) => target))
const ever = { fromMs: 0, toMs: Number.POSITIVE_INFINITY }
const only = (mutation: Mutation) => mutated(made, [mutation])
const [stretch] = prey.ground.scenarios
const steadyMs = (stretch?.fromMs ?? 0) + 5_000

/** Answers of one agent in a span. */
function heard(tape: Tape, id: string, fromMs: number, toMs: number): readonly string[] {
  const target = prey.ground.ids.indexOf(id)
  return ofKind(tape, 'samples').flatMap((batch) =>
    batch.targets.flatMap((who, place) => {
      const atMs = batch.baseMs + (batch.scheduled[place] as number)
      return who === target && atMs >= fromMs && atMs < toMs ? [answers[batch.answers[place] as number] as string] : []
    }),
  )
}

test('the made journal is GO, and as long as it is it finds nobody down without excuse', () => {
  expect(prey.outcome).toBe('GO')
  expect(inexcusable(made)).toEqual([])
})

test('through memory and through a file, a journal is the same history, however it was changed', () => {
  const random = randomFrom(3)
  const dice = { below: (count: number) => Math.floor(random.uniform() * count) }
  const plain = (tape: Tape) => {
    const { scenarios, ...rest } = historyIn(tape)
    return [rest, scenarios.map(({ declared, phases }) => ({ declared, phases }))]
  }
  const fromText = (tape: Tape) => {
    const bytes = Buffer.from(textOf(tape))
    const { scenarios, ...rest } = historyOf('journal.ndjson', bytes.length, [bytes])
    return [rest, scenarios.map(({ declared, phases }) => ({ declared, phases }))]
  }
  for (const draw of Object.values(draws)) {
    const mutation = draw(prey, dice)
    if (mutation === undefined || mutation.does === 'removal') continue
    const tape = only(mutation)
    expect(plain(tape), sentenceOf(mutation)).toEqual(fromText(tape))
    expect(textOf(tapeOf(textOf(tape)))).toBe(textOf(tape))
  }
})

describe('a mutation', () => {
  test('outage: these agents and no other fail, in this span and at no other time', () => {
    const tape = only({ does: 'outage', ids: ['mainpc/Planner'], fromMs: steadyMs, toMs: steadyMs + 2_000, answer: 'status' })
    expect(heard(tape, 'mainpc/Planner', steadyMs, steadyMs + 2_000)).toEqual(Array(8).fill('status'))
    expect(heard(tape, 'mainpc/Planner', steadyMs + 2_000, steadyMs + 3_000)).toEqual(Array(4).fill('ok'))
    expect(heard(tape, 'pc2/Vision', steadyMs, steadyMs + 2_000)).toEqual(Array(8).fill('ok'))
    expect(tape.filter((event, place) => event !== made[place])).toHaveLength(2)
  })

  test('removal: the event is gone, and the journal is whole', () => {
    const tape = only({ does: 'removal', of: 'registrations', nth: 0 })
    expect(tape).toHaveLength(made.length - 1)
    expect(tape.map(({ seq }) => seq)).toEqual([...tape.keys()])
    expect(ofKind(tape, 'registrations')).toEqual([])
  })

  test('quiet: later by so much, with as many good answers of each as were due, and none twice', () => {
    const [window] = prey.calm
    const tape = only({ does: 'quiet', atMs: (window?.fromMs ?? 0) + 1_234, intervals: 12 })
    expect(countOf(tape, ever, all) - countOf(made, ever, all)).toBe(12 * all.size)
    expect(tape.at(-1)?.atMs).toBe((made.at(-1)?.atMs ?? 0) + 3_000)
    expect(outcomeOf(tape, judge)).toBe('GO')
    for (const id of prey.ground.ids) {
      const target = prey.ground.ids.indexOf(id)
      const dues = ofKind(tape, 'samples')
        .flatMap((batch) =>
          batch.targets.flatMap((who, place) => (who === target ? [batch.baseMs + (batch.scheduled[place] as number)] : [])),
        )
        .sort((a, b) => a - b)
      const gaps = dues.slice(1).map((dueMs, place) => dueMs - (dues[place] as number))
      expect([Math.min(...gaps), Math.max(...gaps)].map(Math.round)).toEqual([250, 250])
    }
  })

  test('split and join: the same samples in another number of batches', () => {
    const count = ofKind(made, 'samples').length
    const parts = only({ does: 'split', nth: 4, at: 3 })
    const one = only({ does: 'join', nth: 4 })
    expect([parts, one].map((tape) => ofKind(tape, 'samples').length - count)).toEqual([1, -1])
    expect([parts, one].map((tape) => countOf(tape, ever, all))).toEqual([countOf(made, ever, all), countOf(made, ever, all)])
  })

  test('renaming: no old name is left, in no path or answer either', () => {
    const tape = only({ does: 'renaming', prefix: 'Q', machines: false })
    const text = textOf(tape)
    for (const { name } of made.find((event) => event.kind === 'topology')?.agents ?? []) {
      expect(text).not.toMatch(new RegExp(`(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])`))
      expect(text).toContain(`Q${name}`)
    }
    const named = made.map((event): Event => {
      if (event.kind === 'proof') return { ...event, answer: { processes: { Speech: { count: 1 } }, peers: [{ host: 'pc2' }] } }
      if (event.kind !== 'plan') return event
      const gone = { any: [{ path: '/processes/Speech/count', op: 'is', value: 0 }] } as const
      return { ...event, expectations: event.expectations.map((each) => ({ ...each, gone })) }
    })
    const other = mutated(named, [{ does: 'renaming', prefix: 'Q', machines: true }])
    const gone = { any: [{ path: '/processes/QSpeech/count', op: 'is', value: 0 }] }
    expect(ofKind(other, 'plan')[0]?.expectations).toMatchObject([{ machine: 'pc2q', gone }])
    expect(ofKind(other, 'proof')[0]?.answer).toEqual({ processes: { QSpeech: { count: 1 } }, peers: [{ host: 'pc2q' }] })
  })

  test('second-fault: another agent is planned, held, proven and silent as the first', () => {
    const [twin] = prey.twins
    const tape = only({ does: 'second-fault', lease: twin?.lease ?? '', from: 'pc2/Speech', to: 'pc2/Vision' })
    expect(ofKind(tape, 'plan').map(({ targets }) => targets)).toEqual([['pc2/Speech'], ['pc2/Vision']])
    expect(ofKind(tape, 'lease')).toHaveLength(2 * ofKind(made, 'lease').length)
    const failed = (id: string) => heard(tape, id, 0, Number.POSITIVE_INFINITY).filter((answer) => answer !== 'ok').length
    expect(failed('pc2/Vision')).toBe(failed('pc2/Speech'))
    expect(failed('mainpc/Planner')).toBe(0)
  })

  test('move: one event stands at another time, and the clock runs on', () => {
    const proof = ofKind(made, 'proof')[0] as Event<'proof'>
    const tape = only({ does: 'move', of: 'proof', nth: 0, byMs: -5_000 })
    expect(ofKind(tape, 'proof').map(({ atMs }) => atMs)).toContain(proof.atMs - 5_000)
    expect(tape.map(({ atMs }) => atMs)).toEqual(tape.map(({ atMs }) => atMs).sort((a, b) => a - b))
  })

  test('that finds nothing to change gives the very same journal back', () => {
    expect(only({ does: 'forgery', what: 'same-question', nth: 0 })).toBe(made)
    expect(only({ does: 'removal', of: 'abort', nth: 0 })).toBe(made)
    expect(only({ does: 'outage', ids: ['mainpc/Planner'], fromMs: 1e9, toMs: 2e9, answer: 'status' })).toBe(made)
  })
})

test('of what is inert each kind has its reason, and evidence is not', () => {
  const reasons = made.map((event) => [event, whyInert(made, event)] as const)
  const evidence = reasons.filter(([{ kind }]) => ['registrations', 'snapshot', 'plan', 'end', 'topology'].includes(kind))
  expect(evidence.filter(([, why]) => why !== undefined)).toEqual([])
  expect(reasons.find(([event]) => event.kind === 'lease' && event.state === 'armed')?.[1]).toMatch(/undo/)
})

describe('a look is one too many', () => {
  const [effective, ...looks] = ofKind(made, 'proof').filter(({ query }) => query !== 'gone')
  const everyOther = renumbered(made.filter((event) => !looks.some((look, place) => look === event && place % 2 === 0)))
  const everyThird = renumbered(made.filter((event) => !looks.slice(0, -1).some((look, place) => look === event && place % 3 !== 2)))
  const proofs = (tape: Tape) => tape.flatMap((event, place) => (event.kind === 'proof' ? [[event, place] as const] : []))

  test('where without it there is still one every two seconds: then, and only then, the verdict is the same', () => {
    expect([made, everyOther, everyThird].map((tape) => outcomeOf(tape, judge))).toEqual(['GO', 'GO', 'INCONCLUSIVE'])
    for (const tape of [made, everyOther]) {
      const excused = proofs(tape).map(([event, place]) => [event.atMs, whyInert(tape, event) === undefined, place] as const)
      const wanted = excused.map(([atMs, , place]) => [atMs, outcomeOf(tape.toSpliced(place, 1), judge) !== 'GO', place])
      expect(excused).toEqual(wanted)
    }
    const inertIn = (tape: Tape) => proofs(tape).filter(([event]) => whyInert(tape, event) !== undefined).length
    expect([inertIn(made), inertIn(everyOther)]).toEqual([looks.length - 1, 0])
    expect(whyInert(made, effective as Event)).toBeUndefined()
  })

  test('where it says nothing, and the last at a release is none of these', () => {
    const silent = looks.map((look) => ({ ...look, answer: null, problem: 'no answer' }))
    expect(silent.map((look) => whyInert(made.with(look.seq, look), look) === undefined)).toEqual(silent.map(() => false))
    const last = looks.at(-1) as Event<'proof'>
    const twice = renumbered(made.toSpliced(last.seq, 0, { ...last, atMs: last.atMs - 1 }))
    const both = proofs(twice)
      .filter(([{ query }]) => query === 'lasting')
      .slice(-2)
    expect(both.map(([event]) => whyInert(twice, event) === undefined)).toEqual([false, false])
  })
})

test('a look that contradicts is a doubt, which a journal without it does not have', () => {
  const [first, second] = ofKind(made, 'proof') as [Event<'proof'>, Event<'proof'>]
  const gone = ofKind(made, 'proof').at(-1) as Event<'proof'>
  const no = { ...second, answer: { state: 'S' } }
  const doubted = made.with(second.seq, no)
  expect(outcomeOf(doubted, judge)).toBe('NO-GO')
  expect([first, second, gone, { ...second, answer: null }].map((event) => tellsOfDoubt(made, event))).toEqual([false, false, false, false])
  expect(tellsOfDoubt(doubted, no)).toBe(true)
  expect(tellsOfDoubt(made, { ...gone, answer: { state: 'T' } })).toBe(false)
})

test.each(['ended-early', 'ended-meanwhile', 'looked-away'] as const)('forged, a look is found out: %s', (what) => {
  for (let nth = 0; nth < 8; nth++) {
    const tape = only({ does: 'forgery', what, nth })
    expect(tape).not.toBe(made)
    expect(outcomeOf(tape, judge)).toBe(what === 'looked-away' ? 'INCONCLUSIVE' : 'NO-GO')
  }
  const brief = renumbered(eventsOf({ ...goodStory, holdMs: 1_500, looksMs: 2_000 }))
  expect(mutated(brief, [{ does: 'forgery', what, nth: 0 }]) === brief).toBe(what !== 'ended-early')
})
