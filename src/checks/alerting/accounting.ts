/**
 * Each alert in the record is accounted for once: it is one that the scenario expects, it is explained by an earlier scenario on the
 * same fleet, or it is unexpected. The account of a fleet begins with its bring-up.
 */
import { seconds } from '../../evidence/scope.ts'
import type { ExpectedAlert } from '../../journal/event.ts'
import type { History, ScenarioHistory } from '../../journal/history.ts'
import { type Delivered, deliveredIn, type Earlier, earlierOn, isAbout, isNamed, isSame } from './delivered.ts'
import { begunAtMs, heldOf } from './held.ts'

export interface Account {
  /** Each expected one, and what was delivered of it. */
  readonly expected: readonly { readonly expected: ExpectedAlert; readonly delivered: Delivered | undefined }[]
  readonly unexpected: readonly { readonly delivered: Delivered; readonly when: string }[]
  readonly explained: readonly Explained[]
}

export interface Explained {
  readonly delivered: Delivered
  /** The scenario whose business it is. */
  readonly of: string
  /** Judged there; or expected there, and still firing at its last read; or the alerts of that one were not read. */
  readonly how: 'judged' | 'expected' | 'unread'
}

export function accountOf(history: History, scenario: ScenarioHistory): Account {
  const earlier = earlierOn(history.scenarios, scenario)
  const before = earlier.scenario && accountOf(history, earlier.scenario)
  const begunMs = begunAtMs(scenario)
  const explained: Explained[] = []
  const own: { delivered: Delivered; since: string | undefined }[] = []
  for (const delivered of deliveredIn(scenario.of('notices'))) {
    const reason = explanationOf(delivered, earlier, before)
    if (reason === undefined || 'since' in reason) own.push({ delivered, since: reason?.since })
    else explained.push({ delivered, ...reason })
  }
  const left = own.filter(({ since }) => since === undefined).map(({ delivered }) => delivered)
  const expected = (scenario.declared.alerts ?? []).map((each) => {
    const place = left.findIndex((one) => isNamed(one, each) && isAbout(each, one) && isSince(one, begunMs))
    return { expected: each, delivered: place < 0 ? undefined : left.splice(place, 1)[0] }
  })
  const unexpected = own
    .filter(({ delivered, since }) => since !== undefined || left.includes(delivered))
    .map(({ delivered, since }) => ({ delivered, when: since === undefined ? timeOf(delivered, scenario) : `, since ${since}` }))
  return { expected, unexpected, explained }
}

/** @returns undefined where it is of this scenario; `since` where it was of an earlier one, unexpected there, and fires on */
function explanationOf(
  delivered: Delivered,
  { read, scenario, unread }: Earlier,
  before: Account | undefined,
): Omit<Explained, 'delivered'> | { readonly since: string } | undefined {
  const known = read && deliveredIn([read]).find((one) => isSame(one, delivered))
  if (known !== undefined && scenario !== undefined) {
    const { name } = scenario.declared
    const earlier = before?.explained.find((each) => isSame(each.delivered, delivered))
    const of = earlier?.of ?? name
    if (known.resolvedMs !== null) return { of, how: 'judged' }
    if (earlier !== undefined) return earlier.how === 'judged' ? { since: of } : { of, how: earlier.how }
    const wasExpected = before?.expected.some((each) => each.delivered && isSame(each.delivered, delivered))
    return wasExpected ? { of, how: 'expected' } : { since: of }
  }
  const under = unread.findLast((each) => {
    const toMs = each.phases.at(-1)?.toMs ?? 0
    return isSince(delivered, begunAtMs(each)) && delivered.firedMs <= toMs + delivered.uncertainMs
  })
  return under && { of: under.declared.name, how: 'unread' }
}

function isSince({ firedMs, uncertainMs }: Delivered, fromMs: number | undefined): boolean {
  return fromMs !== undefined && firedMs + uncertainMs >= fromMs
}

/** Before it began to be applied, or after it was in. */
function timeOf(delivered: Delivered, scenario: ScenarioHistory): string {
  const begunMs = begunAtMs(scenario)
  if (begunMs === undefined) return ''
  if (!isSince(delivered, begunMs)) return `, ${seconds(begunMs - delivered.firedMs)} before the fault`
  return `, ${seconds(Math.max(0, delivered.firedMs - (heldOf(scenario)?.appliedMs ?? begunMs)))} after the fault`
}
