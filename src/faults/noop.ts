/** Does nothing to anyone, by the same way as every fault: a file of ours that is made, seen, removed and seen gone. The guide for new faults. */
import Type from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty } from '../base/nonempty.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { Fault, Step } from './fault.ts'
import { is, query, tool } from './tool-steps.ts'
import { namespacesOf } from './ways.ts'

const params = Type.Object({}, { additionalProperties: false })

export const noop: Fault<typeof params> = {
  kind: 'noop',
  summary: 'does nothing, and proves that it did: the way of a fault without its harm',
  needs: [],
  params,
  plan({ agents }, targets, _params, tag) {
    const machines: readonly MachineId[] =
      'machines' in targets ? targets.machines : targets.agents.flatMap((id) => agents.get(id)?.machine ?? [])
    const steps = [...new Set(machines)].map((machine) => mark(machine, tag))
    if (!isNonEmpty(steps)) throw new GauntletError('usage/fault', 'planning noop: none of its targets is an agent of this fleet')
    return {
      targets: 'machines' in targets ? targets.machines : targets.agents,
      radius: [],
      silences: [],
      takes: [],
      reliesOn: steps.map(({ machine }) => namespacesOf(machine)),
      lasts: 'until-undone',
      steps,
    }
  },
}

function mark(machine: MachineId, tag: string): Step {
  const there = tool('file', '--lease', tag)
  return {
    machine,
    undo: tool('unmark', '--lease', tag),
    apply: tool('mark', '--lease', tag),
    effective: query(there, is('/exists', true)),
    gone: query(there, is('/exists', false)),
  }
}
