/**
 * Nothing that was acknowledged is lost, and nothing is counted twice: the agents' own accounts of what they were told is stored, held
 * against what the central hub has. What nobody acknowledged may be there or not; but as long as the fault leaves a hub, there is
 * somebody to acknowledge it. What that is worth depends on the outage it was tried with: the longest that was shown is named.
 */
import { concluded, type Finding, unknown } from '../evidence/finding.ts'
import { longestHubOutage } from '../evidence/hub-outage.ts'
import { newByTheirWord } from '../evidence/incarnations.ts'
import { many, radiusOf, readAfter, readBefore, seconds } from '../evidence/scope.ts'
import type { Event, SequenceRange } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import type { Check } from './check.ts'

export const durability: Check = {
  id: 'durability',
  promise: 'nothing acknowledged is lost in an outage of up to 5 minutes',
  exercisedBy: 'hub-loss-central',
  reads: [
    { name: 'accounts', when: 'both' },
    { name: 'sequences', when: 'after' },
  ],
  limits: [],
  judge,
}

/** How long an outage of a hub is that the promise speaks of. */
const promisedMs = 300_000

type Account = Event<'accounts'>['records'][number]

function judge(history: History, scenario: ScenarioHistory): Finding {
  const listed = history.topology?.agents.map(({ id }) => id) ?? []
  const before = readBefore(scenario, 'accounts').findLast(({ when }) => when === 'before')
  const after = readAfter(scenario, 'accounts').findLast(({ when }) => when === 'after')
  const stored = scenario.of('sequences').at(-1)
  const again = 'a run that reads both sides, before the fault and after it'
  if (listed.length === 0) return unknown('the configs list no agent', 'configs with agents')
  if (before === undefined || after === undefined) return unknown('the agents were not asked what they reported', again)
  if (stored === undefined) return unknown('the central hub was not asked what it has stored', again)
  if (stored.atMs < after.atMs) return unknown('the central hub was asked before the agents were', again)

  const accounts = newest([...before.records, ...after.records].filter(({ agent }) => listed.includes(agent)))
  const lost = accounts.flatMap((account) => named(account, missing(account, rangesOf(stored, account, 'stored'))))
  const doubled = stored.records.flatMap(({ agent, incarnation, stored: ranges, doubled }) =>
    named({ agent, incarnation }, [...numbersOf(doubled), ...overlaps(ranges)]),
  )
  const left = hubLeft(history, scenario)
  const refused = left === undefined ? [] : refusedBetween(before, after, stored, radiusOf(scenario))
  const seqs = [before.seq, after.seq, stored.seq]
  const measure = { value: lost.length + doubled.length + refused.length, limit: 0, unit: 'reports' } as const
  const broken = [
    ...(lost.length > 0
      ? [`${many(lost.length, 'report')} acknowledged and not stored ${seconds(stored.waitedMs)} later: ${some(lost)}`]
      : []),
    ...(doubled.length > 0 ? [`${many(doubled.length, 'report')} counted twice: ${some(doubled)}`] : []),
    ...(refused.length > 0 ? [`${many(refused.length, 'report')} that no hub took, though ${left} was not hurt: ${some(refused)}`] : []),
  ]
  if (broken.length > 0) return concluded('fail', measure, broken.join('; '), seqs)

  const unshown = whatIsUnshown(scenario, listed, before, after, accounts)
  if (unshown.length > 0) return unknown(unshown.join('; '), 'a run in which every agent reports, and can be asked')
  const outage = longestHubOutage(history, scenario)
  const tried = outage === undefined ? 'no hub outage in this scenario' : `a hub outage of ${seconds(outage.lastedMs)}`
  const reports = `${many(acknowledgedBetween(before, after), 'report')} of ${many(listed.length, 'agent')}`
  // Of scenarios that pass, the one with the longest outage has least to spare, and is the one to show.
  const shown = { value: outage?.lastedMs ?? 0, limit: promisedMs, unit: 'ms' } as const
  return concluded('pass', shown, `${tried}: ${reports} acknowledged, each stored once`, [...seqs, ...(outage?.seqs ?? [])])
}

/** A hub that the faults left alone: whoever cannot tell the other may tell this one. */
function hubLeft({ topology }: History, scenario: ScenarioHistory): string | undefined {
  const silenced = new Set(scenario.of('plan').flatMap(({ silences }) => silences))
  return topology?.agents.find(({ id, role }) => role === 'hub' && !silenced.has(id))?.id
}

/** By bystanders, in this scenario; what came to be stored all the same was not refused for good. */
function refusedBetween(
  before: Event<'accounts'>,
  after: Event<'accounts'>,
  stored: Event<'sequences'>,
  radius: ReadonlySet<string>,
): readonly string[] {
  return after.records
    .filter(({ agent }) => !radius.has(agent))
    .flatMap((account) => {
      const known = new Set(before.records.filter((each) => keyOf(each) === keyOf(account)).flatMap(({ lostSequences }) => lostSequences))
      const ranges = rangesOf(stored, account, 'stored')
      return named(
        account,
        account.lostSequences.filter((number) => !known.has(number) && !isIn(ranges, number)),
      )
    })
}

/** Of each process the account that reaches furthest. */
function newest(accounts: readonly Account[]): readonly Account[] {
  const byProcess = new Map<string, Account>()
  for (const account of accounts) {
    const known = byProcess.get(keyOf(account))
    if (known === undefined || account.sequence >= known.sequence) byProcess.set(keyOf(account), account)
  }
  return [...byProcess.values()]
}

type Process = Pick<Account, 'agent' | 'incarnation'>

function keyOf({ agent, incarnation }: Process): string {
  return `${agent} ${incarnation}`
}

function rangesOf(event: Event<'sequences'>, account: Process, which: 'stored' | 'doubled'): readonly SequenceRange[] {
  return event.records.filter((record) => keyOf(record) === keyOf(account)).flatMap((record) => record[which])
}

/** As many as a whole day of reports, and enough to name some: a number that is not possible must not take for ever. */
const mostNumbers = 20_000

function missing({ sequence, lostSequences }: Account, ranges: readonly SequenceRange[]): number[] {
  const spared = new Set(lostSequences)
  const found: number[] = []
  for (let number = 1; number <= Math.min(sequence, mostNumbers); number++)
    if (!spared.has(number) && !isIn(ranges, number)) found.push(number)
  return found
}

function isIn(ranges: readonly SequenceRange[], number: number): boolean {
  return ranges.some(([from, to]) => from <= number && number <= to)
}

function numbersOf(ranges: readonly SequenceRange[]): number[] {
  const numbers: number[] = []
  const isRoom = () => numbers.length < mostNumbers // in all ranges together
  for (const [from, to] of ranges) for (let number = from; number <= to && isRoom(); number++) numbers.push(number)
  return numbers
}

/** Ranges are of one set: a number in two of them was stored twice. */
function overlaps(ranges: readonly SequenceRange[]): number[] {
  const sorted = [...ranges].sort(([a], [b]) => a - b)
  let untilNumber = 0
  const twice = sorted.map(([from, to]): SequenceRange => {
    const end = Math.min(to, untilNumber)
    untilNumber = Math.max(untilNumber, to)
    return [from, end]
  })
  return numbersOf(twice)
}

function named({ agent, incarnation }: Process, numbers: readonly number[]): string[] {
  return numbers.map((number) => `${agent} ${incarnation}: ${number}`)
}

const mostNamed = 5

function some(names: readonly string[]): string {
  return names.length > mostNamed ? `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more` : names.join(', ')
}

function whatIsUnshown(
  scenario: ScenarioHistory,
  listed: readonly string[],
  before: Event<'accounts'>,
  after: Event<'accounts'>,
  accounts: readonly Account[],
): string[] {
  const radius = radiusOf(scenario)
  const asked = (event: Event<'accounts'>) => new Set(event.records.map(({ agent }) => agent))
  const [askedBefore, askedAfter] = [asked(before), asked(after)]
  const unasked = listed.filter((agent) => !askedBefore.has(agent) || !askedAfter.has(agent))
  // Whoever was hurt may have begun anew, and not have had the time to report.
  const silent = listed.filter((agent) => !radius.has(agent) && acknowledgedOf(agent, before, after) === 0)
  const partial = accounts.filter((account) => !isWhole(account))
  // What was acknowledged to an earlier process after the first read stands in no account any more.
  const begun = newByTheirWord(
    scenario,
    listed.filter((agent) => !radius.has(agent)),
  )
  return [
    ...(unasked.length > 0 ? [`not asked what they reported: ${unasked.join(', ')}`] : []),
    ...(silent.length > 0 ? [`nothing of these was acknowledged in this scenario: ${silent.join(', ')}`] : []),
    ...(partial.length > 0 ? [`the account is not whole: ${partial.map(({ agent }) => agent).join(', ')}`] : []),
    ...contradictions(before, after),
    ...begun.map((words) => `${words}, so that what its earlier one reported is not known`),
    ...(acknowledgedBetween(before, after) === 0 ? ['nothing was acknowledged in this scenario'] : []),
  ]
}

/** Names each lost report, and none that was not made. */
function isWhole({ lost, lostSequences, sequence }: Account): boolean {
  const isMade = lostSequences.every((number) => number <= sequence)
  return new Set(lostSequences).size === lost && lostSequences.length === lost && isMade && sequence <= mostNumbers
}

/** An account that says two things at once, or that knows of fewer reports than before. */
function contradictions(before: Event<'accounts'>, after: Event<'accounts'>): string[] {
  const twice = [before, after].flatMap(({ records }) =>
    [...Map.groupBy(records, keyOf)].flatMap(([key, [first, ...others]]) =>
      others.some((other) => JSON.stringify(other) !== JSON.stringify(first)) ? [key] : [],
    ),
  )
  const backwards = newest(after.records).flatMap((account) => {
    const earlier = newest(before.records.filter((each) => keyOf(each) === keyOf(account)))[0]
    return earlier !== undefined && account.sequence < earlier.sequence
      ? [`${keyOf(account)} (${earlier.sequence} → ${account.sequence})`]
      : []
  })
  return [
    ...(twice.length > 0 ? [`two accounts of one process in one read: ${[...new Set(twice)].join(', ')}`] : []),
    ...(backwards.length > 0 ? [`accounts that went backwards: ${backwards.join(', ')}`] : []),
  ]
}

function acknowledgedBetween(before: Event<'accounts'>, after: Event<'accounts'>): number {
  const agents = new Set(after.records.map(({ agent }) => agent))
  return [...agents].reduce((sum, agent) => sum + acknowledgedOf(agent, before, after), 0)
}

/** In this scenario; of a process that began in it, all. */
function acknowledgedOf(agent: string, before: Event<'accounts'>, after: Event<'accounts'>): number {
  return newest(after.records.filter((account) => account.agent === agent)).reduce((sum, account) => {
    const earlier = newest(before.records.filter((each) => keyOf(each) === keyOf(account)))[0]
    return sum + Math.max(0, countOf(account) - (earlier ? countOf(earlier) : 0))
  }, 0)
}

function countOf({ sequence, lost }: Account): number {
  return sequence - lost
}
