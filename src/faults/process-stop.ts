/** Freezes processes where they stand: they keep their ports and their connections, and answer nobody. A hang, not a crash. */
import Type from 'typebox'
import type { NonEmpty } from '../base/nonempty.ts'
import { pathOf } from '../base/predicate.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { Fault, Step } from './fault.ts'
import { processSteps } from './process-steps.ts'
import { is, query, tool } from './tool-steps.ts'
import { namespacesOf, ofAgents } from './ways.ts'

const params = Type.Object({}, { additionalProperties: false })

export const processStop: Fault<typeof params> = {
  kind: 'process-stop',
  summary: 'freezes processes with SIGSTOP for as long as it is held',
  needs: ['supervisor'],
  params,
  plan(topology, targets, _params, tag) {
    const { agents, steps } = processSteps('process-stop', 'stops', topology, targets, (machine, names) => stop(machine, names, tag))
    const { answers, processes, machines } = ofAgents(topology, agents)
    const reliesOn = [...processes, ...machines.map(namespacesOf)]
    return { targets: agents, radius: agents, silences: agents, takes: answers, reliesOn, lasts: 'until-undone', steps }
  },
}

function stop(machine: MachineId, names: NonEmpty<string>, tag: string): Step {
  const each = (op: 'every' | 'none') => names.map((name) => ({ path: pathOf('processes', name, 'now'), op, of: is('/state', 'T') }))
  return {
    machine,
    undo: tool('signal', '--lease', tag, '--signal', 'CONT', '--remembered'),
    apply: tool('signal', '--lease', tag, '--signal', 'STOP', '--process', ...names),
    effective: query(tool('process', ...names), ...each('every')),
    // Whoever is not there at all does not stand still; whether it should be there is for recovery to say.
    gone: query(tool('process', ...names), ...each('none')),
  }
}
