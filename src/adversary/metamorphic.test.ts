/**
 * What must hold of every journal, however it was changed: recorded ones of real runs, and one that is made. Each property is tried some
 * hundred times on places drawn by chance. `SEED=N npx vitest run --project unit src/adversary/metamorphic.test.ts` tries others.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { made } from '../../fixtures/histories/prey.ts'
import { randomFrom } from '../statistics/random.ts'
import { judge } from '../verdict/judge.ts'
import { type Dice, draws, type Prey, preyOf } from './draw.ts'
import { attempt, smallest } from './hunt.ts'
import { type Mutation, sentenceOf } from './mutation.ts'
import { index, isRecorded, recordingOf } from './recordings.ts'
import { outcomeOf } from './tape.ts'

const seed = Number(process.env.SEED ?? 12)
const files = index().filter(isRecorded)
/** One of another version is refused, and missing among these. */
const recorded = files.flatMap(({ name }) => {
  const tape = recordingOf(name)
  return outcomeOf(tape, judge) === 'refused' ? [] : [preyOf(name, tape, judge)]
})
const preys = [preyOf('made', made, judge), ...recorded]
/** A judge takes as long as there are samples: those of 77 agents have their turn, and not more often than the others have time for. */
const manySamples = 300
const large = preys.filter(({ kinds }) => kinds.some(([kind, count]) => kind === 'samples' && count > manySamples))
const small = preys.filter((prey) => !large.includes(prey))
const oneLargeIn = 40

function diceOf(from: number): Dice {
  const random = randomFrom(from)
  return { below: (count) => Math.floor(random.uniform() * count) }
}

function oneOf(dice: Dice, fits: (prey: Prey) => boolean): Prey | undefined {
  const group = large.length > 0 && dice.below(oneLargeIn) === 0 ? large : dice.below(2) === 0 ? preys.slice(0, 1) : small
  const fitting = group.filter(fits)
  return fitting[dice.below(Math.max(1, fitting.length))]
}

let cases = 0

/** No mutation of these kinds fools the judge, on so many places. */
function fools(kinds: readonly Mutation['does'][], runs: number, fits: (prey: Prey) => boolean = () => true): void {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...kinds), (from, does) => {
      const dice = diceOf(from)
      const prey = oneOf(dice, fits)
      const mutation = prey && draws[does](prey, dice)
      if (prey === undefined || mutation === undefined) return
      const found = attempt(prey, [mutation], judge)
      cases += 1
      if (found === undefined) return
      const { recording, mutations, before, after, because } = smallest(found, (fewer) => attempt(prey, fewer, judge))
      const said = `${recording} was ${before} and is ${after}, though ${because}: ${mutations.map(sentenceOf).join('; ')}`
      expect.fail(`${said}\nagain: npm run adversary -- --recording ${recording} --mutations '${JSON.stringify(mutations)}'`)
    }),
    { seed, numRuns: runs, endOnFailure: true },
  )
}

const isGo = ({ outcome }: Prey) => outcome === 'GO'

describe(`seed ${seed}`, () => {
  test('marking any span as lag or as not sent makes nothing GO, nor NO-GO', () => fools(['lag', 'unsent', 'missing'], 1_300), 120_000)

  test('a span of good answers in which nothing is done makes nothing NO-GO', () => fools(['quiet'], 500), 120_000)

  test(
    'split and joined batches, neighbours of one time and other names change nothing but names',
    () => fools(['split', 'join', 'swap', 'renaming'], 700),
    120_000,
  )

  test('a second fault on another agent leaves the judgement of the first as it was', () => fools(['second-fault'], 200), 120_000)

  describe.skipIf(files.length === 0)('recorded journals', () => {
    test('are as they were when they were recorded', () => {
      const now = Object.fromEntries(recorded.map(({ name, outcome }) => [name, outcome]))
      expect(now).toEqual(
        Object.fromEntries(
          index()
            .filter(isRecorded)
            .map(({ name, outcome }) => [name, outcome]),
        ),
      )
      expect(recorded.length).toBeGreaterThanOrEqual(12)
    })

    test(
      'an outage beyond the budget of anyone whom no plan silences is never GO, whenever it is',
      () => fools(['outage'], 1_500, isGo),
      120_000,
    )

    test('whom a plan silences and who answers while it is held is never GO', () => fools(['answering'], 300, isGo), 120_000)

    test('taking any event away makes nothing GO, and leaves it so only where the table says why', () => fools(['removal'], 1_000), 120_000)

    test('evidence that is not what it must be is never GO', () => fools(['forgery'], 500, isGo), 120_000)

    test('were tried often enough for this to show something', () => expect(cases).toBeGreaterThan(5_000))
  })
})
