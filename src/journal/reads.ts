/**
 * What may be read of a fleet beside its probes, each by the kind of event that it is written as. Criteria name what they judge by, and
 * the run reads that: the names stand here, in the one room that both know.
 */
import type { Kind } from './event.ts'

export const readNames = [
  'registrations',
  'freshness',
  'pushes',
  'exposition',
  'accounts',
  'sequences',
  'notices',
  'processes',
] as const satisfies readonly Kind[]
export type ReadName = (typeof readNames)[number]

export interface Read {
  readonly name: ReadName
  /** Before anything is done, or after all is over. */
  readonly when: 'before' | 'after' | 'both'
}

export function isDue(reads: readonly Read[], name: ReadName, at: 'before' | 'after'): boolean {
  return reads.some((read) => read.name === name && (read.when === at || read.when === 'both'))
}
