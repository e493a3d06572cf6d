/**
 * Ends processes from outside, as the kernel's out-of-memory killer would. `keep: once` leaves the rest to their supervisor, and
 * shows whether it restarts them; `keep: dead` kills every new incarnation too, until the fault is released.
 */
import Type, { type Static } from 'typebox'
import type { NonEmpty } from '../base/nonempty.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { Fault, Query, Step } from './fault.ts'
import { eachLine, processSteps } from './process-steps.ts'
import { tool } from './tool-steps.ts'

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
    return {
      targets: agents,
      radius: agents,
      silences: params.keep === 'dead' ? agents : [], // a restart may be over before the next probe
      lasts: params.keep === 'dead' ? 'until-undone' : 'instant',
      steps,
    }
  },
}

function killOnce(machine: MachineId, names: NonEmpty<string>, { signal }: Params, tag: string): Step {
  return {
    machine,
    undo: tool('process', ...names), // a restart is the supervisor's to do: if it does not, that must be seen
    apply: tool('signal', '--lease', tag, '--signal', signal, '--process', ...names),
    effective: ask(['process', ...names, '--lease', tag], names, { some: 'state=gone signalled', none: 'state=. signalled' }),
    gone: ask(['process', ...names, '--lease', tag], names, { some: 'state=[RSDI] new', none: 'state=. signalled' }),
  }
}

function killAndKeepDead(machine: MachineId, names: NonEmpty<string>, { signal }: Params, tag: string): Step {
  return {
    machine,
    undo: tool('revive', ...names),
    apply: tool('signal', '--lease', tag, '--signal', signal, '--process', ...names),
    sustain: tool('keep-dead', ...names),
    effective: { command: tool('process', ...names), expect: { matches: eachLine(names, { some: 'none' }) } },
    gone: ask(['process', ...names], names, { some: 'state=[RSDI]', none: 'state=T' }),
  }
}

function ask(verb: NonEmpty<string>, names: readonly string[], { some, none }: { some: string; none: string }): Query {
  const one = (ending: string) => `pid=\\d+ start=\\d+ ${ending}`
  return { command: tool(...verb), expect: { matches: eachLine(names, { some: one(some), none: one(none) }) } }
}
