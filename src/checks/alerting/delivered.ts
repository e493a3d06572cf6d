/** The alerts that were delivered, as the alert sink's record has them: which read is of which, and how to say them. */
import type { Event, ExpectedAlert } from '../../journal/event.ts'
import type { ScenarioHistory } from '../../journal/history.ts'

export type Read = Event<'notices'>
export type Notice = Read['notices'][number]

export interface Delivered extends Notice {
  /** Its times may be off by so much, either way. */
  readonly uncertainMs: number
}

/** What takes longer to read is of no time; the finding says so, and no alert is excused by it. */
export const longestReadMs = 5_000

/** All that any of these reads has, each once, as it was last seen: what one has lost, another may have kept. */
export function deliveredIn(reads: readonly Read[]): readonly Delivered[] {
  const all: Delivered[] = []
  for (const { notices, uncertainMs } of reads) {
    const seen = new Set<number>()
    for (const notice of notices) {
      const fresh = { ...notice, uncertainMs: Math.min(uncertainMs, longestReadMs) }
      // Two that are alike in one read are two.
      const place = all.findIndex((known, index) => !seen.has(index) && isSame(known, fresh))
      seen.add(place < 0 ? all.length : place)
      if (place < 0) all.push(fresh)
      else all[place] = fresh
    }
  }
  return all
}

/** By who, what and when. */
export function isSame(a: Delivered, b: Delivered): boolean {
  const isAlike = isNamed(a, b) && a.service === b.service && a.subject === b.subject
  return isAlike && Math.abs(a.firedMs - b.firedMs) <= a.uncertainMs + b.uncertainMs
}

type Name = Pick<Notice, 'alert' | 'level' | 'channel'>

export function isNamed(a: Name, b: Name): boolean {
  return a.alert === b.alert && a.level === b.level && a.channel === b.channel
}

/** Where the journal does not say what it must be about, anything may be it. */
export function isAbout({ subjects }: ExpectedAlert, { subject }: Notice): boolean {
  return subjects === undefined || (subject !== null && subjects.includes(subject))
}

/** What is known of a fleet before a scenario on it: nothing, where it was brought up for this one. */
export interface Earlier {
  /** The last read, and the scenario that it is of. */
  readonly read: Read | undefined
  readonly scenario: ScenarioHistory | undefined
  /** Scenarios whose end was not read since then, in order. */
  readonly unread: readonly ScenarioHistory[]
}

export function earlierOn(scenarios: readonly ScenarioHistory[], scenario: ScenarioHistory): Earlier {
  const unread: ScenarioHistory[] = []
  let { coldStart } = scenario.declared
  for (let place = scenarios.indexOf(scenario) - 1; place >= 0 && !coldStart; place--) {
    const earlier = scenarios[place] as ScenarioHistory
    const read = earlier.of('notices').at(-1)
    if (read?.when !== 'after') unread.unshift(earlier)
    if (read !== undefined) return { read, scenario: earlier, unread }
    coldStart = earlier.declared.coldStart
  }
  return { read: undefined, scenario: undefined, unread }
}

export function inWords({ service, channel, alert, level, subject }: Notice): string {
  return `${level ?? 'a notification'} ${alert ?? 'without a name'} to ${channel} (${service})${subject === null ? '' : ` about ${subject}`}`
}
