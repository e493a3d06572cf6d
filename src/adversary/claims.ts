/** What no right judge may say of a journal after these mutations, and why. Where neither is claimed, either may be right. */
import { contradicted, inexcusable } from './ground.ts'
import { tellsOfDoubt, whyInert } from './inert.ts'
import { type Mutation, mutated } from './mutation.ts'
import { type Outcome, ofKind, type Tape } from './tape.ts'

export interface Claim {
  readonly never: 'GO' | 'NO-GO'
  readonly because: string
}

/** Nothing of what was seen or done is other than it was. */
const sameStory = ['split', 'join', 'swap', 'renaming'] as const
/** Less is known than before, of what was the same. */
const hidden = ['lag', 'unsent', 'missing'] as const
/** More is known of a fleet to which nothing happened; or one more fault went as it should. */
const good = ['quiet', 'second-fault'] as const

const isOne = (list: readonly string[]) => (mutation: Mutation) => list.includes(mutation.does)
export const isSameStory = isOne(sameStory)
const isHarmless = isOne([...sameStory, ...hidden, ...good])
const addsNothing = isOne([...sameStory, ...hidden])

/** @param before the journal as it was recorded, and its outcome @param after what the mutations made of it */
export function claimsOf(before: Tape, outcome: Outcome, mutations: readonly Mutation[], after: Tape): readonly Claim[] {
  const claims: Claim[] = []
  if (outcome !== 'NO-GO' && mutations.every(isHarmless)) claims.push({ never: 'NO-GO', because: 'nothing the fleet did wrong was put in' })
  if (outcome !== 'GO' && mutations.every((mutation) => addsNothing(mutation) || takesNoDoubt(before, mutation)))
    claims.push({ never: 'GO', because: 'nothing good was put in that was not there' })
  if (outcome === 'GO' && !mutations.some(isOne(['move']))) claims.push(...harms(before, mutations))
  if (mutations.every(isOne([...sameStory, ...hidden]))) return claims // no agent is down, or answers, that did not before
  for (const id of contradicted(after)) claims.push({ never: 'GO', because: `${id} answered while a plan silenced it` })
  for (const { scenario, ids, downMs, boundMs } of inexcusable(after))
    claims.push({
      never: 'GO',
      because: `in ${scenario} ${ids.join(', ')} were down for ${seconds(downMs)} that no plan explains, more than ${seconds(boundMs)}`,
    })
  return claims
}

function takesNoDoubt(tape: Tape, mutation: Mutation): boolean {
  if (mutation.does !== 'removal') return false
  const event = ofKind(tape, mutation.of)[mutation.nth]
  return event !== undefined && !tellsOfDoubt(tape, event)
}

/**
 * Of a journal that was GO: each of these makes it one that must not be, whatever else is done to it, as long as no event is told at
 * another time than it was: an alert that came too soon came in time where the fault came sooner as well.
 */
function harms(before: Tape, mutations: readonly Mutation[]): readonly Claim[] {
  let tape = before
  return mutations.flatMap((mutation): Claim[] => {
    const last = tape
    tape = mutated(last, [mutation])
    if (tape === last) return []
    if (mutation.does === 'forgery') return [{ never: 'GO', because: `its evidence is not what it must be: ${mutation.what}` }]
    const event = mutation.does === 'removal' ? ofKind(last, mutation.of)[mutation.nth] : undefined
    if (event === undefined || whyInert(last, event) !== undefined) return []
    return [{ never: 'GO', because: `${event.kind} was taken away, without which nothing shows what it showed` }]
  })
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
