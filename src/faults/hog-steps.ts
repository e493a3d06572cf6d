/** What faults that take something away from a whole machine have in common: one hog a machine, nobody declared hurt, and the way back. */
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import type { Predicate } from '../base/predicate.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { Plan, Targets } from './fault.ts'
import { is, query, tool } from './tool-steps.ts'
import { standingOn } from './ways.ts'

interface Hog {
  readonly kind: string
  /** The hog's verb and what it is told. */
  readonly begin: NonEmpty<string>
  /** Whether the kernel is to kill it in the end. */
  readonly isKilled?: boolean
}

/** @throws GauntletError usage/fault where the targets are agents */
export function hogPlan({ kind, begin: [verb, ...rest], isKilled = false }: Hog, targets: Targets, tag: string): Plan {
  if (!('machines' in targets)) throw new GauntletError('usage/fault', `planning ${kind}: its targets are agents; it needs whole machines`)
  const felt: readonly Predicate[] = isKilled ? [is('/state', 'killed')] : [is('/state', 'running'), is('/isFelt', true)]
  const steps = targets.machines.map((machine: MachineId) => {
    const own = ['--lease', tag, '--machine', machine] as const
    const run = (deed: string, ...words: readonly string[]) => tool('hog', deed, ...own, ...words)
    const state = tool('hog-state', ...own)
    return {
      machine,
      by: 'engine',
      undo: run('end'),
      apply: run(verb, ...rest),
      effective: query(state, ...felt),
      gone: query(state, is('/state', 'none')),
    } as const
  })
  if (!isNonEmpty(steps)) throw new GauntletError('usage/fault', `planning ${kind}: no machine is named`)
  const reliesOn = targets.machines.flatMap(standingOn)
  return { targets: targets.machines, radius: [], silences: [], takes: [], reliesOn, lasts: 'until-undone', steps } // under pressure, all promises stand
}
