/**
 * What a verdict may be GO without. Taking any other event away must leave GO; the table is the whole of what is excused, each with the
 * reason why nothing is shown by it that is not shown elsewhere.
 */
import type { Event, Kind } from '../journal/event.ts'
import { holds } from '../journal/proof.ts'
import { groundOf } from './ground.ts'
import { ofKind, type Tape } from './tape.ts'

interface Inert {
  readonly kind: Kind
  readonly is: (event: Event, tape: Tape) => boolean
  readonly because: string
}

/** By which criteria an event of this kind is read, and by no stage. */
const readBy: Partial<Readonly<Record<Kind, readonly string[]>>> = {
  'config-findings': ['config'],
  validation: ['config'],
  exposition: ['exporter'],
  registrations: ['coverage'],
  freshness: ['coverage'],
  pushes: ['coverage'],
  accounts: ['durability'],
  sequences: ['durability'],
  notices: ['alerts'],
  load: ['latency'],
  'load-samples': ['latency'],
  'load-end': ['latency'],
}

export const inert: readonly Inert[] = [
  {
    kind: 'lease',
    is: (event) => event.kind === 'lease' && event.state === 'armed',
    because: 'that an undo stood ready says nothing of what the fault did or left',
  },
  {
    kind: 'lease',
    is: (event) => event.kind === 'lease' && event.state === 'undone',
    because: 'that an undo was sent is no proof; the proof and the release behind it are',
  },
  {
    kind: 'phase',
    is: (event) => event.kind === 'phase' && event.name === 'bring-up',
    because: 'bring-up ends where steady begins, and the boot reports say how it went',
  },
  {
    kind: 'lag',
    is: () => true,
    because: 'it takes away from what can be believed: where a verdict is GO in spite of it, it is so without',
  },
  { kind: 'agent-log', is: () => true, because: 'log lines are for the reader, and no criterion reads them' },
  {
    kind: 'samples',
    is: (event, tape) => event.kind === 'samples' && isOutside(event, tape),
    because: 'before the end of bring-up and after the last read no agent is judged by its answers',
  },
  {
    kind: 'proof',
    is: (event, tape) => event.kind === 'proof' && (event.query === 'lasting' ? isOneTooMany(event, tape) : !isLast(event, tape)),
    because: 'a query is asked until it holds, and its last answer counts; of looks, as many as leave no two seconds between them',
  },
  {
    kind: 'sequences',
    is: (event, tape) => event.kind === 'sequences' && scenarioOf(tape, event) === scenarioOf(tape, nextOf(tape, event)),
    because: 'the hub is read until nothing is missing, and its last answer counts',
  },
  {
    kind: 'boot',
    is: (event, tape) => event.kind === 'boot' && event.dryRun && !isAskedFor(tape, ['config']),
    because: 'a dry run is read by the criterion config, which no scenario of this run asks for',
  },
  ...Object.entries(readBy).map(([kind, criteria]) => ({
    kind: kind as Kind,
    is: (event: Event, tape: Tape) => event.kind === kind && !isAskedFor(tape, criteria, event),
    because: `it is read by ${criteria.join(' and ')}, which its scenario does not ask for`,
  })),
]

/** Why a verdict may be GO without this event; undefined where it may not. */
export function whyInert(tape: Tape, event: Event): string | undefined {
  return inert.find(({ kind, is }) => kind === event.kind && is(event, tape))?.because
}

/** What tells of a doubt and of nothing else: taken away, nobody knows that there was one. */
export function tellsOfDoubt(tape: Tape, event: Event): boolean {
  if (event.kind === 'proof') return event.query !== 'gone' && contradicts(tape, event)
  if (event.kind === 'lease') return event.state === 'failed' || event.state === 'expired'
  if (event.kind === 'observer') return event.state === 'lost'
  return event.kind === 'lag' || event.kind === 'trouble' || event.kind === 'abort'
}

function isOutside({ baseMs, scheduled }: Event<'samples'>, tape: Tape): boolean {
  const { scenarios, timeoutMs } = groundOf(tape)
  return scheduled.every((afterMs) => {
    const atMs = baseMs + afterMs
    return !scenarios.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs + timeoutMs)
  })
}

type Proof = Event<'proof'>

function sameStep(tape: Tape, { lease, step, machine }: Proof): readonly Proof[] {
  return ofKind(tape, 'proof').filter((other) => other.lease === lease && other.step === step && other.machine === machine)
}

/** The last that shows it in effect, or gone. */
function isLast(proof: Proof, tape: Tape): boolean {
  return sameStep(tape, proof).findLast(({ query }) => query === proof.query) === proof
}

/** A look at a fault says that it is not in effect: of one moment, which no other look need have seen. */
function contradicts(tape: Tape, proof: Proof): boolean {
  const expectation = ofKind(tape, 'plan').find(({ lease }) => lease === proof.lease)?.expectations[proof.step]
  return expectation !== undefined && holds(proof, expectation) === false
}

/** And the moment that the harness itself takes. */
const looksApartMs = 2_000 + 100

/** A look whose neighbours are near enough without it, one of which was written at the release where this one was. */
function isOneTooMany(look: Proof, tape: Tape): boolean {
  const others = sameStep(tape, look).filter(({ query, answer }) => query !== 'gone' && answer !== null)
  const place = others.indexOf(look)
  if (place < 0) return true // what was not answered showed nothing
  const releasing = ofKind(tape, 'lease').find(({ lease, state }) => lease === look.lease && state === 'releasing')
  const [before, after] = [others[place - 1], others[place + 1]]
  if (before === undefined || releasing === undefined) return false
  if (look.seq > releasing.seq) return before.seq > releasing.seq || after !== undefined
  return after !== undefined && Math.min(releasing.atMs, after.atMs - after.ageMs) - before.atMs <= looksApartMs
}

function scenarioOf(tape: Tape, event: Event | undefined): Event<'scenario'> | undefined {
  return event && ofKind(tape, 'scenario').findLast(({ seq }) => seq < event.seq)
}

function nextOf(tape: Tape, event: Event): Event | undefined {
  return tape.find(({ kind, seq }) => kind === event.kind && seq > event.seq)
}

function isAskedFor(tape: Tape, criteria: readonly string[], event?: Event): boolean {
  const own = event && scenarioOf(tape, event)
  const asking = own === undefined ? ofKind(tape, 'scenario') : [own]
  return asking.some((scenario) => scenario.criteria.some((id) => criteria.includes(id)))
}
