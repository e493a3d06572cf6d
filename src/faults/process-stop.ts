/** Freezes processes where they stand: they keep their ports and their connections, and answer nobody. A hang, not a crash. */
import Type from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import { byMachine } from '../fleet/by-machine.ts'
import type { Agent, MachineId } from '../fleet/topology.ts'
import type { Command, Fault, Step } from './fault.ts'

const params = Type.Object({}, { additionalProperties: false })

export const processStop: Fault<typeof params> = {
  kind: 'process-stop',
  summary: 'freezes processes with SIGSTOP for as long as it is held',
  needs: ['supervisor'],
  params,
  plan(topology, targets, _params, tag) {
    if (!('agents' in targets)) throw new GauntletError('usage/fault', 'planning process-stop: its targets are machines; it stops agents')
    const steps = byMachine(topology, targets.agents).map(([machine, agents]) => stop(machine, agents, tag))
    if (!isNonEmpty(steps))
      throw new GauntletError('usage/fault', `planning process-stop: no agent ${targets.agents.join(', ')} in this fleet`)
    return { targets: targets.agents, radius: targets.agents, silences: targets.agents, lasts: 'until-undone', steps }
  },
}

function stop(machine: MachineId, agents: NonEmpty<Agent>, tag: string): Step {
  const names = agents.map(({ name }) => name)
  // A name at the start of a line: one agent's name may be the end of another's.
  const line = (name: string, rest: string) => `[^]*(?<![^\n])${RegExp.escape(name)} ${rest}\n`
  const inState = (state: string) => `pid=\\d+ start=\\d+ state=${state}`
  const each = (some: string, none: string) => `^${names.map((name) => `(?=${line(name, some)})(?!${line(name, none)})`).join('')}`
  return {
    machine,
    undo: tool('signal', '--lease', tag, '--signal', 'CONT', '--remembered'),
    apply: tool('signal', '--lease', tag, '--signal', 'STOP', '--process', ...names),
    effective: { command: tool('process', ...names), expect: { matches: each(inState('T'), inState('[^T]')) } },
    // Whoever is not there at all does not stand still; whether it should be there is for recovery to say.
    gone: { command: tool('process', ...names), expect: { matches: each(`(?:none|${inState('[^T]')})`, inState('T')) } },
  }
}

function tool(...words: NonEmpty<string>): Command {
  return { argv: ['tool', ...words] }
}
