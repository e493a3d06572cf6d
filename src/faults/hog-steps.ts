/** What faults that take something away from a whole machine have in common: one hog a machine, nobody declared hurt, and the way back. */
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { Plan, Targets } from './fault.ts'
import { tool } from './tool-steps.ts'

interface Hog {
  readonly kind: string
  /** The hog's verb and what it is told. */
  readonly begin: NonEmpty<string>
  /** What is seen of it after `hog in MACHINE `, as a pattern. */
  readonly seen: string
}

/** @throws GauntletError usage/fault where the targets are agents */
export function hogPlan({ kind, begin: [verb, ...rest], seen }: Hog, targets: Targets, tag: string): Plan {
  if (!('machines' in targets)) throw new GauntletError('usage/fault', `planning ${kind}: its targets are agents; it needs whole machines`)
  const steps = targets.machines.map((machine: MachineId) => {
    const run = (deed: string, ...words: readonly string[]) => tool('hog', deed, '--lease', tag, '--machine', machine, ...words)
    return {
      machine,
      by: 'engine',
      undo: run('end'),
      apply: run(verb, ...rest),
      effective: { command: run('state'), expect: { matches: `^hog in ${RegExp.escape(machine)} ${seen}` } },
      gone: { command: run('state'), expect: { matches: `^no hog in ${RegExp.escape(machine)}\n$` } },
    } as const
  })
  if (!isNonEmpty(steps)) throw new GauntletError('usage/fault', `planning ${kind}: no machine is named`)
  return { targets: targets.machines, radius: [], silences: [], lasts: 'until-undone', steps } // under pressure, all promises stand
}
