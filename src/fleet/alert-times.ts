/**
 * How long something must last before somebody is told, and how often it is looked at. The plan's times are minutes; a drill may
 * divide them all by one number, which its verdict then shows. What a single look costs is not divided below a second: it is a
 * property of the servers, and no promise.
 */
export interface AlertTimes {
  /** Between two scrapes of one target, and between two evaluations of the rules. */
  readonly scrapeMs: number
  /** Shorter than this nothing is known: three scrapes, since one alone may be lost. A hub is down when it has lasted so long. */
  readonly settleMs: number
  /** More than 3, or more than 10, agents are down at once. */
  readonly manyDownMs: number
  /** One agent is down. */
  readonly agentDownMs: number
  /** A server of the bus, or the link between two, is not there: three looks of the hubs, which look every 5 s at any scale. */
  readonly busMs: number
  /** What is published is not heard at the centre. */
  readonly lagMs: number
  /** A P1 goes to the next one who is told. */
  readonly escalateMs: number
  /** What is still wrong is said again. */
  readonly remindMs: number
  /** Who has never been up yet has this long to become it; a start takes what it takes, so it is not divided. */
  readonly bootMs: number
}

/** Beyond it the plan's 5 minutes are shorter than the few scrapes that it takes to see anything. */
export const mostTimeScale = 60

const secondMs = 1000
const minuteMs = 60 * secondMs
const busLooksMs = 15 * secondMs

export function alertTimesOf(timeScale: number): AlertTimes {
  const scaled = (ms: number, leastMs: number) => Math.max(leastMs, Math.round(ms / timeScale))
  const scrapeMs = scaled(5 * secondMs, secondMs)
  const settleMs = 3 * scrapeMs
  return {
    scrapeMs,
    settleMs,
    manyDownMs: scaled(30 * secondMs, settleMs),
    agentDownMs: scaled(5 * minuteMs, settleMs),
    busMs: busLooksMs,
    lagMs: scaled(minuteMs, busLooksMs),
    escalateMs: scaled(10 * minuteMs, settleMs),
    remindMs: scaled(240 * minuteMs, minuteMs),
    bootMs: 2 * minuteMs,
  }
}

/** A message takes a few looks to come about, and none is shorter than a second, whatever the scale. */
const leastMessageMs = 15_000

/** When a message that has `withinMs` at scale 1 must have come, or gone, at this one. */
export function messageWithinMs(withinMs: number, timeScale: number): number {
  return Math.min(withinMs, Math.max(leastMessageMs, Math.round(withinMs / timeScale)))
}

/** When something that lasts `afterMs` at scale 1 before it is told may be told at this one. */
export function messageAfterMs(afterMs: number, timeScale: number): number {
  return Math.min(afterMs, Math.max(alertTimesOf(timeScale).settleMs, Math.round(afterMs / timeScale)))
}

/** As Prometheus and Alertmanager write it, in the largest unit that fits. */
export function durationText(ms: number): string {
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const
  const [unit, size] = units.find((candidate) => ms >= candidate[1] && ms % candidate[1] === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}

/** The other way round: of what `durationText` writes, and of what the servers write, in several units. */
export function durationMsOf(text: string): number {
  const sizes: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }
  const counted = [...text.matchAll(/(\d+)(ms|[hms])/g)]
  return counted.reduce((sum, [, count, unit]) => sum + Number(count) * (sizes[unit ?? ''] ?? Number.NaN), 0)
}
