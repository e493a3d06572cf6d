/**
 * What every second of every agent and service was judged by, from the bring-up of each fleet to the last read of it, or how long it was
 * not judged, of whom and why. All parts add up to the whole: silence about time is how a wrong GO begins.
 */
import Type from 'typebox'
import { closed, type Of } from '../base/schema.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { watchedIn } from '../journal/watched.ts'
import { type Asked, tally } from './outages.ts'
import { type Terms, termsOf } from './scope.ts'
import { recoveredWithin, recoveryOf } from './sustained.ts'
import { extentOf, type Part, roles as rolesInTime, timelinesOf } from './timeline.ts'

/** By what an agent or a service is judged at a moment; at every moment by one of these, or not judged and listed as such. */
export const roles = [...rolesInTime, 'recovered'] as const
export type Role = (typeof roles)[number]

const agentSeconds = Type.Number({ minimum: 0, description: 'Agent-seconds, of agents and services.' })
const ms = Type.Number()
const texts = Type.Array(Type.String())

/** Ids are sorted; seconds are of one agent or service each. */
const unjudged = closed({ ids: texts, fromMs: ms, toMs: ms, seconds: agentSeconds, because: Type.String() })
export type Unjudged = Of<typeof unjudged>

export const accounting = closed(
  {
    fromMs: ms,
    toMs: ms,
    watched: Type.Integer({ minimum: 0, description: 'Agents and services.' }),
    totalS: agentSeconds,
    roles: closed(Object.fromEntries(roles.map((role) => [role, agentSeconds])) as Record<Role, typeof agentSeconds>),
    unjudged: Type.Array(unjudged),
  },
  { description: 'Where every second from bring-up to the last read went: the roles and what was not judged add up to the whole.' },
)
export type Accounting = Of<typeof accounting>

/** Null where no time of a fleet is known. */
export function accountingOf(history: History): Accounting | null {
  const watched = watchedIn(history.topology)
  const extents = history.scenarios.flatMap((scenario) => extentOf(history, scenario) ?? [])
  if (watched.length === 0 || extents.length === 0) return null
  const parts = history.scenarios.map((scenario) => partsOf(history, scenario))
  const sum = (role: Role) => thousandths(parts.reduce((total, { roles }) => total + (roles.get(role) ?? 0), 0))
  return {
    fromMs: Math.min(...extents.map(({ fromMs }) => fromMs)),
    toMs: Math.max(...extents.map(({ toMs }) => toMs)),
    watched: watched.length,
    totalS: thousandths(extents.reduce((total, { fromMs, toMs }) => total + ((toMs - fromMs) * watched.length) / 1000, 0)),
    roles: Object.fromEntries(roles.map((role) => [role, sum(role)])) as Accounting['roles'],
    unjudged: parts.flatMap(({ unjudged }) => unjudged),
  }
}

interface Parts {
  readonly roles: ReadonlyMap<Role, number>
  readonly unjudged: readonly Unjudged[]
}

function partsOf(history: History, scenario: ScenarioHistory): Parts {
  const extent = extentOf(history, scenario)
  const terms = termsOf(history, scenario)
  const ids = watchedIn(history.topology)
  if (extent === undefined) return { roles: new Map(), unjudged: [] }
  const timelines = terms && timelinesOf(history, scenario, terms)
  if (terms === undefined || timelines === undefined)
    return { roles: new Map(), unjudged: [unjudgedOf('there was no observer', new Map(ids.map((id) => [id, [extent]])))] }
  const divided = new Map(
    [...timelines].map(([id, parts]) => [id, parts.flatMap((part) => recoveredIn(history, scenario, terms, id, part))]),
  )
  const judged = roles.map((role) => ({ role, asked: spansOf(divided, (part) => part.role === role) }))
  const seen = judged.map(({ role, asked }) => ({ role, asked, counted: tally(history, terms, asked) }))
  const lost = seen.flatMap(({ asked, counted }) => notSeen(asked, counted.unknownOf, terms))
  const reasons = [...new Set([...divided.values()].flat().flatMap(({ because }) => because ?? []))]
  return {
    roles: new Map(seen.map(({ role, asked, counted }) => [role, secondsOf(asked) - lostS(asked, counted.unknownOf, terms)])),
    unjudged: [
      ...reasons.map((because) =>
        unjudgedOf(
          because,
          spansOf(divided, (part) => part.because === because),
        ),
      ),
      ...lost,
    ],
  }
}

/** A part in which one recovers, in two: until it had, and from then on. */
type Divided = Omit<Part, 'role'> & { readonly role: Role | undefined }

function recoveredIn(history: History, scenario: ScenarioHistory, terms: Terms, id: string, part: Part): readonly Divided[] {
  if (part.role !== 'recovering') return [part]
  const looked = recoveryOf(history, scenario, terms, [id], part.fromMs + terms.timeoutMs, part.toMs)
  const run = recoveredWithin(id, looked, terms, scenario.declared.limits.recoveryMs, [])
  if ('outcome' in run) return [part]
  return [
    { ...part, toMs: run.endMs },
    { ...part, fromMs: run.endMs, role: 'recovered' },
  ]
}

function spansOf(divided: ReadonlyMap<string, readonly Divided[]>, wanted: (part: Divided) => boolean): Asked {
  return new Map([...divided].map(([id, parts]) => [id, parts.filter(wanted)] as const).filter(([, parts]) => parts.length > 0))
}

function unjudgedOf(because: string, asked: Asked): Unjudged {
  const spans = [...asked.values()].flat()
  return {
    ids: [...asked.keys()].sort(),
    fromMs: Math.min(...spans.map(({ fromMs }) => fromMs)),
    toMs: Math.max(...spans.map(({ toMs }) => toMs)),
    seconds: thousandths(secondsOf(asked)),
    because,
  }
}

/** Slots that were not sent, not believed, or not in the journal: what they would have shown is not known, for either side. */
function notSeen(asked: Asked, unknownOf: ReadonlyMap<string, number>, terms: Terms): readonly Unjudged[] {
  if (unknownOf.size === 0) return []
  const own = new Map([...asked].filter(([id]) => unknownOf.has(id)))
  return [{ ...unjudgedOf('while the observer did not see it', own), seconds: thousandths(lostS(asked, unknownOf, terms)) }]
}

/** No more of one than it was asked about: slots that are there twice are of no time of their own. */
function lostS(asked: Asked, unknownOf: ReadonlyMap<string, number>, { intervalMs }: Terms): number {
  return [...unknownOf].reduce((sum, [id, slots]) => {
    const wholeS = secondsOf(new Map([[id, asked.get(id) ?? []]]))
    return sum + Math.min(wholeS, (slots * intervalMs) / 1000)
  }, 0)
}

function secondsOf(asked: Asked): number {
  return [...asked.values()].flat().reduce((sum, { fromMs, toMs }) => sum + (toMs - fromMs) / 1000, 0)
}

/** Journals tell times to the thousandth of a millisecond; sums are shown to the millisecond. */
function thousandths(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
