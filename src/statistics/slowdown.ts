/**
 * Whether answers have become slower. Slots of time are the replicates, not requests: requests of one slot share whatever the machine
 * was doing. Of each slot there is one number, the logarithm of the ratio of two quantiles; those numbers have a mean, and a limit on it.
 */
import { studentAbove, studentQuantile } from './quantiles.ts'

/** Latencies of one slot in ms, by whom was asked; a failure is Infinity, and never left out. */
export interface Slot {
  readonly old: readonly number[]
  /** The old once more, for the comparison that must find nothing (A/A). */
  readonly twin: readonly number[]
  readonly new: readonly number[]
}

/** `before` where the change was not there yet: then only what has changed since counts. */
export interface Replicate {
  readonly during: Slot
  readonly before?: Slot
}

const quantiles = { p50: 0.5, p95: 0.95, p99: 0.99 } as const
export type QuantileName = keyof typeof quantiles
/** What has to be shown; p99 is for advice. */
const judged = ['p50', 'p95'] as const
/** Requests of an arm in a slot, without which a quantile is not looked at. */
export const leastRequests = { p50: 400, p95: 400, p99: 1_000 } as const satisfies Record<QuantileName, number>

/** Ratios that the new may be slower by, and the least that is counted at all. */
export interface Margins extends Readonly<Record<QuantileName, number>> {
  readonly leastMs: number
}

/** By the names that they have among the owners' promises. */
type Promised = Readonly<Record<'latencyP50' | 'latencyP95' | 'latencyP99' | 'latencyLeastMs', number>>

export function marginsOf({ latencyP50: p50, latencyP95: p95, latencyP99: p99, latencyLeastMs: leastMs }: Promised): Margins {
  return { p50, p95, p99, leastMs }
}

export interface Compared {
  readonly stratum: string
  readonly quantile: QuantileName
  readonly arm: 'new' | 'twin' | 'planted'
  readonly replicates: number
  /** Ratio of the quantiles, between these at the level of the look; `high` is Infinity where failures reach into the quantile. */
  readonly ratio: number
  readonly low: number
  readonly high: number
  /** The ratio that is allowed. */
  readonly limit: number
  readonly isWithin: boolean
  /** How likely so much more than the limit is by chance. */
  readonly chance: number
}

export interface Look {
  readonly outcome: 'pass' | 'fail' | 'unknown'
  readonly compared: readonly Compared[]
  /** Comparisons of the old with itself that were not shown to be within the limit: there, this machine cannot tell. */
  readonly noisy: readonly Compared[]
  /** Slowdowns that were planted in the old, and not found: there, whatever else is slow hides what the new may add. */
  readonly blind: readonly Compared[]
  /** Comparisons that are shown to be beyond the limit, where the old is shown to be like itself. */
  readonly slower: readonly Compared[]
}

/**
 * @param strata replicates by where they were taken: each must pass by itself, since together one would hide the other
 * @param level one-sided, of this look
 * @param timeoutMs what a failure took at least
 */
export function look(strata: ReadonlyMap<string, readonly Replicate[]>, margins: Margins, level: number, timeoutMs: number): Look {
  const all = [...strata].flatMap(([stratum, replicates]) => {
    const inOrder = replicates.map(({ during, before }) => ({ during: sorted(during), ...(before && { before: sorted(before) }) }))
    return (['p50', 'p95', 'p99'] as const).flatMap((quantile) => {
      const enough = mergedFor(quantile, inOrder)
      const by = (arm: 'new' | 'twin', of = enough) => ({
        stratum,
        quantile,
        arm,
        ...compare(of, arm, quantile, margins, level, timeoutMs),
      })
      const planted = () => ({ ...by('twin', plantedIn(enough, quantile, margins)), arm: 'planted' as const })
      return enough.length < leastReplicates ? [] : [by('new'), by('twin'), planted()]
    })
  })
  const wanted = all.filter(({ quantile }) => quantile !== 'p99')
  const own = wanted.filter(({ arm }) => arm === 'new')
  const noisy = wanted.filter(({ arm, isWithin }) => arm === 'twin' && !isWithin)
  const canTell = (own: Compared) => !noisy.some(({ stratum, quantile }) => stratum === own.stratum && quantile === own.quantile)
  const slower = holm(own, level).filter(canTell)
  const whole = strata.size > 0 && own.length === strata.size * judged.length
  const blind = wanted.filter(({ arm, chance }) => arm === 'planted' && chance > level)
  const shown = noisy.length === 0 && blind.length === 0 && own.every(({ isWithin }) => isWithin)
  const outcome = !whole ? 'unknown' : slower.length > 0 ? 'fail' : shown ? 'pass' : 'unknown'
  return { outcome, compared: all, noisy, blind, slower }
}

/** What was looked at before is looked at again with what came since. */
function isSorted(values: readonly number[]): boolean {
  for (let place = 1; place < values.length; place++) if (!((values[place - 1] as number) <= (values[place] as number))) return false
  return true
}

/** Fewer have no spread to speak of. */
const leastReplicates = 3

/** Slots that are too short for a quantile are taken together, so many that they are not. */
function mergedFor(quantile: QuantileName, replicates: readonly Replicate[]): readonly Replicate[] {
  const sizes = replicates.flatMap(({ during, before }) => [during, ...(before ? [before] : [])].flatMap(sizesOf))
  const smallest = Math.min(...sizes)
  if (!(smallest > 0)) return []
  const together = Math.ceil(leastRequests[quantile] / smallest)
  if (together === 1) return replicates
  if (quantile !== 'p99') return []
  return Array.from({ length: Math.floor(replicates.length / together) }, (_, place) => {
    const group = replicates.slice(place * together, (place + 1) * together)
    const before = group.flatMap((each) => (each.before ? [each.before] : []))
    return { during: joined(group.map(({ during }) => during)), ...(before.length > 0 && { before: joined(before) }) }
  })
}

function sizesOf({ old, twin, new: changed }: Slot): readonly number[] {
  return [old.length, twin.length, changed.length]
}

/** So many times the margin must be found where it is planted: 1.25 times as long at the median, 1.5 times at the 95th percentile. */
const plantedMargins = 2.5
/** Of the answers, evenly over all: at the median all of them; else an eighth, of which most lie beyond the 95th percentile. */
const plantedEvery = { p50: 1, p95: 8, p99: 8 } as const satisfies Record<QuantileName, number>

/**
 * The positive control: the twin, with some of its answers longer by so much of what an answer takes when nothing disturbs it. Noise adds
 * to answers and does not multiply them, so that on a machine that is busy enough the ratio of two quantiles hides any slowdown.
 */
function plantedIn(replicates: readonly Replicate[], quantile: QuantileName, margins: Margins): readonly Replicate[] {
  const undisturbedMs = Math.min(...replicates.map(({ during }) => quantileOf(during.old, undisturbed)))
  const addMs = Math.max(plantedMargins * (margins[quantile] - 1) * undisturbedMs, plantedMargins * margins.leastMs)
  const every = plantedEvery[quantile]
  const isPlanted = (place: number) => place % every === every - 1
  const slower = (twin: readonly number[]) =>
    merged(
      twin.filter((_, place) => !isPlanted(place)),
      twin.filter((_, place) => isPlanted(place)).map((ms) => ms + addMs),
    )
  return replicates.map((each) => ({ ...each, during: { ...each.during, twin: slower(each.during.twin) } }))
}

/** The share of answers that are quicker than one that nothing disturbed. */
const undisturbed = 0.05

/** @param slots each in order */
function joined(slots: readonly Slot[]): Slot {
  const arm = (name: keyof Slot) => slots.map((slot) => slot[name]).reduce(merged)
  return { old: arm('old'), twin: arm('twin'), new: arm('new') }
}

function merged(a: readonly number[], b: readonly number[]): readonly number[] {
  const both = new Array<number>(a.length + b.length)
  for (let i = 0, j = 0; i + j < both.length; ) {
    const isNext = j === b.length || (i < a.length && (a[i] as number) <= (b[j] as number))
    both[i + j] = (isNext ? a[i] : b[j]) as number
    if (isNext) i += 1
    else j += 1
  }
  return both
}

function sorted({ old, twin, new: changed }: Slot): Slot {
  const inOrder = (values: readonly number[]) => (isSorted(values) ? values : Array.from(Float64Array.from(values).sort()))
  return { old: inOrder(old), twin: inOrder(twin), new: inOrder(changed) }
}

function compare(
  replicates: readonly Replicate[],
  arm: 'new' | 'twin',
  quantile: QuantileName,
  margins: Margins,
  level: number,
  timeoutMs: number,
): Omit<Compared, 'stratum' | 'quantile' | 'arm'> {
  const share = quantiles[quantile]
  const olds = replicates.map(({ during }) => Math.log(quantileOf(during.old, share)))
  const limit = Math.max(margins[quantile], 1 + margins.leastMs / Math.exp(mean(olds)))
  // A failure took longer than anything: to be within the limit it has no end, to be beyond it has only what it is known to have taken.
  const atMost = estimated(replicates.map((each) => slowdown(each, arm, share, (ms) => ms)))
  const atLeast = estimated(replicates.map((each) => slowdown(each, arm, share, (ms) => Math.min(ms, timeoutMs))))
  const freedom = replicates.length - 1
  const reach = studentQuantile(1 - level, freedom)
  const high = atMost.mean + reach * atMost.error
  return {
    replicates: replicates.length,
    ratio: Math.exp(atLeast.mean),
    low: Math.exp(atLeast.mean - reach * atLeast.error),
    high: Number.isNaN(high) ? Number.POSITIVE_INFINITY : Math.exp(high),
    limit,
    isWithin: high <= Math.log(limit),
    chance: chanceOf(atLeast, Math.log(limit), freedom),
  }
}

/** Logarithm of the ratio of quantiles; NaN where the old itself failed so often that there is nothing to compare with. */
function slowdown({ during, before }: Replicate, arm: 'new' | 'twin', share: number, known: (ms: number) => number): number {
  const logOf = (slot: Slot) => {
    const old = quantileOf(slot.old, share)
    return old === Number.POSITIVE_INFINITY ? Number.NaN : Math.log(known(quantileOf(slot[arm], share)) / old)
  }
  const since = before ? logOf(before) : 0
  return since === Number.POSITIVE_INFINITY ? Number.NaN : logOf(during) - since
}

/** What logarithms of the same ratio differ by, in a computer. */
const rounding = 1e-12

interface Estimate {
  readonly mean: number
  /** Of the mean; larger where neighbouring slots are alike, since they then say the same twice. */
  readonly error: number
}

function estimated(values: readonly number[]): Estimate {
  const count = values.length
  const middle = mean(values)
  const deviations = values.map((value) => value - middle)
  const squares = deviations.reduce((sum, each) => sum + each * each, 0)
  const neighbours = deviations.slice(1).reduce((sum, each, place) => sum + each * (deviations[place] as number), 0)
  if (squares < count * rounding ** 2) return { mean: middle, error: 0 }
  const alike = Math.max(0, neighbours / squares + 1 / count)
  const spread = Math.sqrt(squares / (count - 1) / count)
  return { mean: middle, error: alike < 1 ? spread * Math.sqrt((1 + alike) / (1 - alike)) : Number.POSITIVE_INFINITY }
}

function chanceOf({ mean: middle, error }: Estimate, limit: number, freedom: number): number {
  if (Number.isNaN(middle) || Number.isNaN(error)) return 1
  if (error === 0) return middle > limit ? 0 : 1
  return studentAbove((middle - limit) / error, freedom)
}

/** Of many looks at once, the least likely must be less likely than of one: Holm's way, which loses nothing else. */
function holm(compared: readonly Compared[], level: number): readonly Compared[] {
  const byChance = compared.toSorted((a, b) => a.chance - b.chance)
  const held = byChance.findIndex(({ chance }, place) => chance > level / (byChance.length - place))
  return held === -1 ? byChance : byChance.slice(0, held)
}

/** Type 7 of Hyndman and Fan, as R and NumPy have it. @param sorted the least first @param share in [0, 1] @returns NaN of nothing */
export function quantileOf(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share
  const low = sorted[Math.floor(place)] ?? Number.NaN
  const high = sorted[Math.ceil(place)] ?? Number.NaN
  return low === high ? low : low + (place - Math.floor(place)) * (high - low)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
