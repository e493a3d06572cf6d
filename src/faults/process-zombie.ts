/**
 * The agent lives, holds its ports and accepts connections, and does no work: the failure that a TCP ping takes for health. Its work
 * loop is stopped from outside, by the signal of the machine contract, and does not come back by itself: the undo ends the process,
 * and its supervisor starts another.
 */
import Type from 'typebox'
import type { NonEmpty } from '../base/nonempty.ts'
import { pathOf } from '../base/predicate.ts'
import type { Agent, MachineId } from '../fleet/topology.ts'
import type { Fault, Step } from './fault.ts'
import { processSteps } from './process-steps.ts'
import { is, query, tool } from './tool-steps.ts'
import { ofAgents } from './ways.ts'

const params = Type.Object({}, { additionalProperties: false })

export const processZombie: Fault<typeof params> = {
  kind: 'process-zombie',
  summary: "stops agents' work while their sockets go on accepting",
  needs: ['supervisor'],
  params,
  plan(topology, targets, _params, tag) {
    const { agents, steps } = processSteps('process-zombie', 'stuns', topology, targets, (machine, _names, here) =>
      stun(machine, here, tag),
    )
    // Nobody is declared silent: that an agent goes on saying that it is well is what this fault is there to find, and no lack of it.
    const { ground, processes, answers, supervisors } = ofAgents(topology, agents)
    const reliesOn = [...ground, ...processes, ...answers, ...supervisors]
    return { targets: agents, radius: agents, silences: [], idles: agents, takes: processes, reliesOn, lasts: 'until-undone', steps }
  },
}

function stun(machine: MachineId, agents: NonEmpty<Agent>, tag: string): Step {
  const names = agents.map(({ name }) => name)
  const places = agents.map(({ name, healthPort }) => `${name}=${healthPort}`)
  const idles = names.flatMap((name) => [
    is(pathOf('agents', name, 'isSame'), true),
    is(pathOf('agents', name, 'accepts'), true),
    is(pathOf('agents', name, 'works'), false),
  ])
  const replaced = names.flatMap((name) => [
    { path: pathOf('processes', name, 'now'), op: 'some' as const, of: is('/runs', true) },
    { path: pathOf('processes', name, 'signalled'), op: 'every' as const, of: is('/isGone', true) },
  ])
  return {
    machine,
    undo: tool('signal', '--lease', tag, '--signal', 'KILL', '--remembered'),
    // Only of who catches it: anybody else would die of it, and that is another fault.
    apply: tool('signal', '--lease', tag, '--signal', 'USR2', '--caught', '--process', ...names),
    effective: query(tool('idle', '--lease', tag, '--agent', ...places), ...idles),
    gone: query(tool('process', ...names, '--lease', tag), ...replaced),
  }
}
