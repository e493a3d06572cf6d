/** The adversary itself: it fools judges that are known to be wrong, says by what as shortly as it can be said, and is right about it. */
import { describe, expect, test } from 'vitest'
import { made } from '../../fixtures/histories/prey.ts'
import { answers } from '../journal/event.ts'
import type { History } from '../journal/history.ts'
import { randomFrom } from '../statistics/random.ts'
import { judge } from '../verdict/judge.ts'
import type { Verdict } from '../verdict.ts'
import { type Dice, drawn, draws, type Prey, preyOf } from './draw.ts'
import { attempt, smallest } from './hunt.ts'
import type { Mutation } from './mutation.ts'
import { historyIn, type Judge } from './tape.ts'

function diceOf(seed: number): Dice {
  const random = randomFrom(seed)
  return { below: (count) => Math.floor(random.uniform() * count) }
}

/**
 * The first that fools it and not the one that it was made from, as small as it gets; undefined where none of so many did.
 * @param how it is fooled, in the words of the claim
 */
function hunted(prey: Prey, wrong: Judge, most: number, draw: (prey: Prey, dice: Dice) => Mutation | undefined, how = /./) {
  const dice = diceOf(11)
  const alone = (mutations: readonly Mutation[]) => {
    const fooled = attempt(prey, mutations, wrong)
    return fooled !== undefined && how.test(fooled.because) && attempt(good, mutations, judge) === undefined ? fooled : undefined
  }
  for (let tries = 0; tries < most; tries++) {
    const mutations = [draw(prey, dice), draw(prey, dice)].filter((mutation) => mutation !== undefined)
    const fooled = alone(mutations)
    if (fooled !== undefined) return smallest(fooled, alone)
  }
  return undefined
}

const saying = (verdict: Verdict, outcome: Verdict['outcome']): Verdict => ({ ...verdict, outcome })
const good = preyOf('made', made, judge)
/** Some hundred judgements take a second, and much longer beside other tests. */
const unhurriedMs = 120_000
const samples = historyIn(made).samples.length

describe('a judge that is wrong is fooled, and by one mutation', () => {
  const wrong: Readonly<Record<string, { readonly judge: Judge; readonly by: readonly Mutation['does'][] }>> = {
    'looks away from bystanders': { judge: (history) => judge(blindTo(history)), by: ['outage'] },
    'asks for no evidence': {
      judge: (history) => {
        const verdict = judge(history)
        return verdict.outcome === 'INCONCLUSIVE' ? saying(verdict, 'GO') : verdict
      },
      by: ['removal'],
    },
    'takes lag for an outage': {
      judge: (history) => {
        const verdict = judge(history)
        return history.lags.length > 0 ? saying(verdict, 'NO-GO') : verdict
      },
      by: ['lag'],
    },
    'takes what was not sent for an outage': { judge: (history) => judge(withUnsentAs(history, 'timeout')), by: ['unsent'] },
    'judges by the number of batches': {
      judge: (history) => {
        const verdict = judge(history)
        return { ...verdict, reproduce: `${new Set(history.samples.batch).size} batches` }
      },
      by: ['split', 'join'],
    },
    'knows an agent by its name': {
      judge: (history) => {
        const verdict = judge(history)
        const known = history.topology?.agents.some(({ name }) => name === 'Speech')
        return known ? verdict : { ...verdict, reproduce: 'another fleet' }
      },
      by: ['renaming'],
    },
    'fails what goes on for long': {
      judge: (history) => {
        const verdict = judge(history)
        return history.samples.length > samples ? saying(verdict, 'NO-GO') : verdict
      },
      by: ['quiet'],
    },
    'lets a second fault answer for the first': {
      judge: (history) => {
        const verdict = judge(history)
        const many = history.scenarios.some((scenario) => scenario.of('plan').length > 1)
        const scenarios = verdict.scenarios.map((each) => ({ ...each, stages: { ...each.stages, effective: 'unknown' as const } }))
        return many ? { ...verdict, scenarios } : verdict
      },
      by: ['second-fault'],
    },
  }

  test.each(Object.entries(wrong))(
    'one that %s',
    (_, { judge: planted, by }) => {
      const prey = preyOf('made', made, planted)
      const fooled = hunted(prey, planted, 100, (each, dice) => draws[by[dice.below(by.length)] as Mutation['does']](each, dice))
      expect(fooled?.mutations.map(({ does }) => does)).toEqual([expect.toSatisfy((does) => by.includes(does))])
    },
    unhurriedMs,
  )

  test(
    'by chance as well, of all that it can do',
    () => {
      const planted: Judge = (history) => judge(blindTo(history))
      const fooled = hunted(preyOf('made', made, planted), planted, 400, drawn, /no plan explains/)
      expect(fooled).toMatchObject({ before: 'GO', after: 'GO' })
      expect(fooled?.mutations.map(({ does }) => does)).toEqual(['outage'])
      const span = fooled?.mutations[0] as Extract<Mutation, { does: 'outage' }>
      // No shorter one would be too long, so that this is the smallest: half of it does not fool the judge.
      expect(attempt(good, [{ ...span, toMs: (span.fromMs + span.toMs) / 2 }], planted)).toBeUndefined()
    },
    unhurriedMs,
  )
})

test('a judge that is not wrong about it is not fooled by an outage of an agent in steady', () => {
  const [stretch] = good.ground.scenarios
  const fromMs = (stretch?.fromMs ?? 0) + 2_000
  const outage = { does: 'outage', ids: ['mainpc/Planner'], fromMs, toMs: fromMs + 12_000, answer: 'timeout' } as const
  expect(attempt(good, [outage], judge)).toBeUndefined()
  expect(attempt(good, [outage], (history) => saying(judge(history), 'GO'))).toMatchObject({ after: 'GO' })
})

test('whom a plan silences is excused while it does, and not before or long after', () => {
  const always: Judge = (history) => saying(judge(history), 'GO')
  const [done] = good.ground.plans
  const outage = (fromMs: number, longMs: number) =>
    ({ does: 'outage', ids: ['pc2/Speech'], fromMs, toMs: fromMs + longMs, answer: 'timeout' }) as const
  expect(attempt(good, [outage(done?.appliedMs ?? 0, 12_000)], always)).toBeUndefined()
  expect(attempt(good, [outage((done?.fromMs ?? 0) - 15_000, 12_000)], always)).toBeDefined()
  expect(attempt(good, [outage((done?.toMs ?? 0) + 25_000, 12_000)], always)).toBeDefined()
})

/** Everyone outside every blast radius answers well. */
function blindTo(history: History): History {
  const { samples, topology, scenarios } = history
  const radius = new Set(scenarios.flatMap((scenario) => scenario.of('plan').flatMap((plan) => plan.radius)))
  const others = topology?.agents.map(({ id }) => !radius.has(id)) ?? []
  const ok = answers.indexOf('ok')
  return {
    ...history,
    samples: { ...samples, answer: samples.answer.map((answer, nth) => (others[samples.target[nth] as number] ? ok : answer)) },
  }
}

function withUnsentAs(history: History, answer: 'timeout'): History {
  const { samples } = history
  const [from, to] = [answers.indexOf('unsent'), answers.indexOf(answer)]
  const sentinel = history.topology?.agents.length
  const said = samples.answer.map((each, nth) => (each === from && samples.target[nth] !== sentinel ? to : each))
  return { ...history, samples: { ...samples, answer: said } }
}
