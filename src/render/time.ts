/** Where the time of the run went: what was judged, as what, and what was not, of whom and why. Silence about time is how a wrong GO begins. */
import { onItsSide } from '../base/digits.ts'
import { type Accounting, type Role, roles } from '../evidence/accounting.ts'
import { many, seconds } from '../evidence/scope.ts'
import type { Verdict } from '../verdict.ts'
import { named } from './words.ts'

const roleWords: Readonly<Record<Role, string>> = {
  fleet: 'fleet',
  bystander: 'bystanders',
  silenced: 'targets silenced',
  affected: 'targets affected',
  recovering: 'targets recovering',
  recovered: 'targets recovered',
}

/** Of more reasons a reader reads no further. */
const mostReasons = 8

/** One line for the whole, then one for each reason that something was not judged, the longest first. */
export function timeLines({ accounting }: Pick<Verdict, 'accounting'>): readonly string[] {
  if (accounting === null) return ['This run has no accounting of its time.']
  const { fromMs, toMs, watched, totalS } = accounting
  const who = watched === 1 ? '1 agent' : `${watched} agents and services`
  const whole = `${who} watched for ${seconds(toMs - fromMs)}: ${agentSeconds(totalS)}`
  if (totalS <= 0) return [`${whole}; nothing was judged`]
  const reasons = reasonsIn(accounting)
  const shown = reasons.slice(0, mostReasons).map((each) => {
    return `not judged ${shareOf(each.seconds, totalS)}: ${agentSeconds(each.seconds)} ${each.because} (${whoseWords(each.ids, watched)})`
  })
  const rest = reasons.slice(mostReasons)
  const restS = sum(rest.map((each) => each.seconds))
  return [
    `${whole}; ${judgedWords(accounting)}`,
    ...shown,
    ...(rest.length > 0 ? [`not judged ${shareOf(restS, totalS)}: ${agentSeconds(restS)} for ${many(rest.length, 'more reason')}`] : []),
  ]
}

function judgedWords({ roles: spent, totalS }: Accounting): string {
  const parts = roles.filter((role) => spent[role] > 0).map((role) => `${roleWords[role]} ${shareOf(spent[role], totalS)}`)
  const judged = `judged ${shareOf(sum(Object.values(spent)), totalS)}`
  return parts.length > 0 ? `${judged}: ${parts.join(', ')}` : judged
}

/** All that was not judged for one reason, whichever agents it was and whenever. */
function reasonsIn({ unjudged }: Accounting) {
  return [...Map.groupBy(unjudged, ({ because }) => because)]
    .map(([because, spans]) => ({
      because,
      seconds: sum(spans.map((span) => span.seconds)),
      ids: [...new Set(spans.flatMap(({ ids }) => ids))].sort(),
    }))
    .sort((a, b) => b.seconds - a.seconds || (a.because < b.because ? -1 : 1))
}

function whoseWords(ids: readonly string[], watched: number): string {
  if (ids.length === watched && watched > 1) return `all ${watched}`
  return ids.length > 1 ? `${ids.length} of ${watched}: ${named(ids)}` : named(ids)
}

/** Something is never shown as nothing, nor less than the whole as the whole; but for the last digits, which sums bring with them. */
function shareOf(partS: number, wholeS: number): string {
  const percent = Math.round((partS / wholeS) * 1e8) / 1e6
  return `${percent > 50 ? onItsSide(percent, 1, [100], 'more') : onItsSide(percent, 1, [0], 'less')} %`
}

function agentSeconds(amount: number): string {
  return `${onItsSide(Math.round(amount * 1000) / 1000, 1, [0], 'less')} agent-seconds`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
