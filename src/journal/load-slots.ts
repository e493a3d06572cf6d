/** Raw samples of a load, sorted into the slots that are compared. The run looks at them to see whether it needs more; the judge judges them. */
import { answers } from './event.ts'
import { type LoadArm, type LoadEvent, type LoadSamplesEvent, loadArms } from './load-event.ts'

/** Latencies in ms by arm; a failure is Infinity. */
export type LoadSlot = Readonly<Record<LoadArm, number[]>>

const ok = answers.indexOf('ok')

/** Requests of one part that count. */
export function requestsOf(load: LoadEvent): number {
  return Math.round((load.targets.length * loadArms.length * load.ratePerS * load.replicates * replicateMs(load)) / 1000)
}

/** By turns, a comparison takes a slot for each arm; otherwise all arms are in one slot. */
export function replicateMs({ design, slotMs }: Pick<LoadEvent, 'design' | 'slotMs'>): number {
  return slotMs * (design === 'abba' ? loadArms.length : 1)
}

/** @returns for each machine of the load its slots, in order; undefined when a sample is of nobody, of no time or of no answer, or told twice */
export function slotsOf(load: LoadEvent, batches: Iterable<Omit<LoadSamplesEvent, 'kind'>>): readonly (readonly LoadSlot[])[] | undefined {
  const each = replicateMs(load)
  const slots = load.targets.map(() => Array.from({ length: load.replicates }, (): LoadSlot => ({ old: [], twin: [], new: [] })))
  const told = load.targets.map(() => new Set<number>())
  for (const { scheduled, targets, arms, answers: said, latency } of batches) {
    if ([targets, arms, said, latency].some(({ length }) => length !== scheduled.length)) return undefined
    for (const [i, at] of scheduled.entries()) {
      const slot = slots[targets[i] as number]?.[Math.floor(at / each)]
      const arm = loadArms[arms[i] as number]
      const tookMs = latency[i] as number
      if (slot === undefined || arm === undefined || answers[said[i] as number] === undefined || !(tookMs >= 0)) return undefined
      const instants = told[targets[i] as number]
      if (instants?.has(at)) return undefined
      instants?.add(at)
      slot[arm].push(said[i] === ok ? tookMs : Number.POSITIVE_INFINITY)
    }
  }
  return slots
}
