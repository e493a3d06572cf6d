/** Mutations by chance, of a kind and of places that this journal has: what can be done to nobody teaches nothing. */
import { type Answer, answers, type Kind } from '../journal/event.ts'
import type { Verdict } from '../verdict.ts'
import { calmWindows } from './calm.ts'
import { type ForgeryName, forgeries } from './forgeries.ts'
import { boundOf, type Done, type Ground, groundOf, type Stretch } from './ground.ts'
import { equals, type Mutation } from './mutation.ts'
import type { Window } from './samples.ts'
import { doubled } from './second-fault.ts'
import { historyIn, type Judge, type Outcome, type Tape } from './tape.ts'

/** Where chance comes from: a seed, or a library that makes what fails smaller. */
export interface Dice {
  /** A whole number from 0, below this. */
  below(count: number): number
}

/** A journal, and what is asked of it again and again. */
export interface Prey {
  readonly name: string
  readonly tape: Tape
  readonly outcome: Outcome
  readonly verdict: Verdict
  readonly ground: Ground
  readonly calm: readonly Window[]
  /** Each kind that it has, and how often. */
  readonly kinds: readonly (readonly [Kind, number])[]
  readonly twins: ReturnType<typeof doubled>
  readonly neighbours: number
}

/** @throws GauntletError usage/run where it is no whole journal */
export function preyOf(name: string, tape: Tape, judge: Judge): Prey {
  const verdict = judge(historyIn(tape))
  const kinds = [...Map.groupBy(tape, ({ kind }) => kind)].map(([kind, events]) => [kind, events.length] as const)
  const ground = groundOf(tape)
  const calm = calmWindows(tape, ground)
  return { name, tape, outcome: verdict.outcome, verdict, ground, calm, kinds, twins: doubled(tape), neighbours: equals(tape).length }
}

const failing = answers.filter((answer) => answer !== 'ok' && answer !== 'unsent')

/** Draws one of this kind; undefined where this journal has no place for it. */
export const draws: { readonly [D in Mutation['does']]: (prey: Prey, dice: Dice) => Extract<Mutation, { does: D }> | undefined } = {
  outage: (prey, dice) => {
    const stretch = oneOf(prey.ground.scenarios, dice)
    if (stretch === undefined) return undefined
    const ids = someOf(prey.ground.ids, dice)
    return { does: 'outage', ids, ...tooLong(prey.ground, stretch, ids.length, dice), answer: oneOf(failing, dice) as Answer }
  },
  answering: (prey, dice) => {
    const held = prey.ground.plans.filter((done) => done.plan.silences.length > 0 && holdOf(prey.ground, done) > 0)
    const done = oneOf(held, dice)
    if (done === undefined) return undefined
    const longMs = Math.max(3_000, holdOf(prey.ground, done) * (0.25 + dice.below(75) / 100))
    const latestMs = Math.max(0, holdOf(prey.ground, done) - longMs)
    const fromMs = done.appliedMs + prey.ground.timeoutMs + share(dice) * latestMs
    return { does: 'answering', ids: done.plan.silences, fromMs, toMs: fromMs + longMs }
  },
  removal: ({ kinds }, dice) => {
    const [of, count] = oneOf(kinds, dice) ?? ['run' as const, 1]
    return { does: 'removal', of, nth: dice.below(count) }
  },
  lag: (prey, dice) => ({ does: 'lag', ...anyWindow(prey, dice), cause: dice.below(2) === 0 ? 'event-loop' : 'clock' }),
  unsent: (prey, dice) => ({ does: 'unsent', ids: someOf(prey.ground.ids, dice), ...anyWindow(prey, dice) }),
  missing: (prey, dice) => ({ does: 'missing', every: 1 + dice.below(50), ...anyWindow(prey, dice) }),
  quiet: (prey, dice) => {
    const window = oneOf(prey.calm, dice)
    if (window === undefined) return undefined
    return { does: 'quiet', atMs: window.fromMs + share(dice) * (window.toMs - window.fromMs), intervals: 1 + dice.below(40) }
  },
  split: ({ kinds }, dice) => ({ does: 'split', nth: dice.below(batches(kinds)), at: dice.below(40) }),
  join: ({ kinds }, dice) => ({ does: 'join', nth: dice.below(batches(kinds)) }),
  swap: ({ neighbours }, dice) => (neighbours === 0 ? undefined : { does: 'swap', nth: dice.below(neighbours) }),
  renaming: (_, dice) => ({ does: 'renaming', prefix: 'ABCDEFGH'[dice.below(8)] as string, machines: dice.below(2) === 0 }),
  'second-fault': ({ twins }, dice) => {
    const twin = oneOf(twins, dice)
    const to = twin && oneOf(twin.others, dice)
    return to === undefined ? undefined : { does: 'second-fault', lease: twin?.lease as string, from: twin?.from as string, to }
  },
  move: ({ kinds }, dice) => {
    const [of, count] = oneOf(movable(kinds), dice) ?? ['proof' as const, 1]
    return { does: 'move', of, nth: dice.below(count), byMs: (dice.below(2) === 0 ? -1 : 1) * (100 + dice.below(20_000)) }
  },
  forgery: (_, dice) => ({
    does: 'forgery',
    what: oneOf(Object.keys(forgeries) as ForgeryName[], dice) as ForgeryName,
    nth: dice.below(8),
  }),
}

export function drawn(prey: Prey, dice: Dice): Mutation {
  const kinds = Object.keys(draws) as Mutation['does'][]
  for (;;) {
    const mutation = draws[oneOf(kinds, dice) as Mutation['does']](prey, dice)
    if (mutation !== undefined) return mutation
  }
}

function oneOf<T>(list: readonly T[], dice: Dice): T | undefined {
  return list.length === 0 ? undefined : list[dice.below(list.length)]
}

/** One of them, a few, or all. */
function someOf(ids: readonly string[], dice: Dice): readonly string[] {
  const how = dice.below(6)
  if (how === 0) return ids
  const count = how < 4 ? 1 : 1 + dice.below(Math.min(5, ids.length))
  const first = dice.below(ids.length)
  return Array.from({ length: count }, (_, nth) => ids[(first + nth) % ids.length] as string)
}

function share(dice: Dice): number {
  return dice.below(1_000) / 1_000
}

/** From a little more than is clearly too long, to much more; anywhere in a scenario where it has room. */
function tooLong(ground: Ground, stretch: Stretch, members: number, dice: Dice): Window {
  const { intervalMs } = ground
  const leastMs = Math.max(4 * intervalMs, boundOf(ground, stretch) / members + 4 * intervalMs)
  const longMs = leastMs * (1 + share(dice) * share(dice) * 4)
  const latestMs = Math.max(stretch.fromMs, stretch.toMs - longMs)
  const fromMs = stretch.fromMs + share(dice) * (latestMs - stretch.fromMs)
  return { fromMs, toMs: Math.min(stretch.toMs, fromMs + longMs) }
}

function anyWindow({ ground, tape }: Prey, dice: Dice): Window {
  const fromMs = ground.scenarios[0]?.fromMs ?? 0
  const toMs = tape.at(-1)?.atMs ?? fromMs
  const at = fromMs + share(dice) * (toMs - fromMs)
  return { fromMs: at, toMs: at + 50 + share(dice) ** 3 * 20_000 }
}

/** Between the last probe that may still be open when it takes effect and the first that may outlast it. */
function holdOf({ timeoutMs }: Ground, { plan, appliedMs, toMs }: Done): number {
  return plan.lasts === 'instant' || !Number.isFinite(toMs) ? 0 : Math.max(0, toMs - appliedMs - 3 * timeoutMs)
}

function batches(kinds: readonly (readonly [Kind, number])[]): number {
  return kinds.find(([kind]) => kind === 'samples')?.[1] ?? 1
}

/** What orders the rest keeps its place: moved, it would be another run. */
function movable(kinds: readonly (readonly [Kind, number])[]) {
  return kinds.filter(([kind]) =>
    ['proof', 'lease', 'snapshot', 'accounts', 'freshness', 'pushes', 'registrations', 'notices'].includes(kind),
  )
}
