/**
 * Ends processes from outside, as the kernel's out-of-memory killer would. `keep: once` leaves the rest to their supervisor, and
 * shows whether it restarts them; `keep: dead` kills every new incarnation too, until the fault is released.
 */
import Type, { type Static } from 'typebox'
import type { NonEmpty } from '../base/nonempty.ts'
import { type Predicate, pathOf } from '../base/predicate.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { Fault, Step } from './fault.ts'
import { processSteps } from './process-steps.ts'
import { is, query, tool } from './tool-steps.ts'
import { ofAgents } from './ways.ts'

const params = Type.Object(
  {
    signal: Type.Enum(['KILL', 'TERM', 'INT', 'QUIT', 'ABRT', 'SEGV'], { default: 'KILL', description: 'the signal of the first blow' }),
    keep: Type.Enum(['once', 'dead'], { default: 'once', description: 'once: its supervisor may restart it; dead: it may not' }),
  },
  { additionalProperties: false },
)
type Params = Static<typeof params>

export const processKill: Fault<typeof params> = {
  kind: 'process-kill',
  summary: 'kills processes, once or for as long as it is held',
  needs: ['supervisor'],
  params,
  plan(topology, targets, params, tag) {
    const step = params.keep === 'dead' ? killAndKeepDead : killOnce
    const { agents, steps } = processSteps('process-kill', 'kills', topology, targets, (machine, names) =>
      step(machine, names, params, tag),
    )
    const ways = ofAgents(topology, agents)
    return {
      targets: agents,
      radius: agents,
      silences: params.keep === 'dead' ? agents : [], // a restart may be over before the next probe
      takes: [...ways.processes, ...ways.answers],
      reliesOn: [...ways.ground, ...ways.processes, ...ways.supervisors],
      lasts: params.keep === 'dead' ? 'until-undone' : 'instant',
      steps,
    }
  },
}

function killOnce(machine: MachineId, names: NonEmpty<string>, { signal }: Params, tag: string): Step {
  const known = tool('process', ...names, '--lease', tag)
  const dead = names.map((name) => ({ path: pathOf('processes', name, 'signalled'), op: 'every' as const, of: is('/isGone', true) }))
  return {
    machine,
    undo: tool('process', ...names), // a restart is the supervisor's to do: if it does not, that must be seen
    apply: tool('signal', '--lease', tag, '--signal', signal, '--process', ...names),
    effective: query(known, ...dead),
    gone: query(known, ...running(names), ...dead),
  }
}

function killAndKeepDead(machine: MachineId, names: NonEmpty<string>, { signal }: Params, tag: string): Step {
  const there = tool('process', ...names)
  return {
    machine,
    undo: tool('revive', ...names),
    apply: tool('signal', '--lease', tag, '--signal', signal, '--process', ...names),
    sustain: tool('keep-dead', ...names),
    effective: query(there, ...names.map((name) => is(pathOf('processes', name, 'count'), 0))),
    gone: query(there, ...running(names)),
  }
}

function running(names: readonly string[]): readonly Predicate[] {
  return names.map((name) => ({ path: pathOf('processes', name, 'now'), op: 'some', of: is('/runs', true) }))
}
