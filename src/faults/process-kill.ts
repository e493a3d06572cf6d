/**
 * Ends processes from outside, as the kernel's out-of-memory killer would. `keep: once` leaves the rest to their supervisor, and
 * shows whether it restarts them; `keep: dead` kills every new incarnation too, until the fault is released.
 */
import Type, { type Static } from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import { byMachine } from '../fleet/by-machine.ts'
import type { Agent, MachineId } from '../fleet/topology.ts'
import type { Command, Fault, Query, Step } from './fault.ts'

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
    if (!('agents' in targets)) throw new GauntletError('usage/fault', 'planning process-kill: its targets are machines; it kills agents')
    const step = params.keep === 'dead' ? killAndKeepDead : killOnce
    const steps = byMachine(topology, targets.agents).map(([machine, agents]) => step(machine, agents, params, tag))
    if (!isNonEmpty(steps))
      throw new GauntletError('usage/fault', `planning process-kill: no agent ${targets.agents.join(', ')} in this fleet`)
    return {
      targets: targets.agents,
      radius: targets.agents,
      silences: params.keep === 'dead' ? targets.agents : [], // a restart may be over before the next probe
      lasts: params.keep === 'dead' ? 'until-undone' : 'instant',
      steps,
    }
  },
}

function killOnce(machine: MachineId, agents: NonEmpty<Agent>, { signal }: Params, tag: string): Step {
  const names = agents.map(({ name }) => name)
  return {
    machine,
    undo: tool('process', ...names), // a restart is the supervisor's to do: if it does not, that must be seen
    apply: tool('signal', '--lease', tag, '--signal', signal, '--process', ...names),
    effective: ask(['process', ...names, '--lease', tag], names, { some: 'state=gone signalled', none: 'state=. signalled' }),
    gone: ask(['process', ...names, '--lease', tag], names, { some: 'state=[RSDI] new', none: 'state=. signalled' }),
  }
}

function killAndKeepDead(machine: MachineId, agents: NonEmpty<Agent>, { signal }: Params, tag: string): Step {
  const names = agents.map(({ name }) => name)
  return {
    machine,
    undo: tool('revive', ...names),
    apply: tool('signal', '--lease', tag, '--signal', signal, '--process', ...names),
    sustain: tool('keep-dead', ...names),
    effective: {
      command: tool('process', ...names),
      expect: { matches: `^${names.map((name) => `(?=[^]*${lineOf(name)} none\n)`).join('')}` },
    },
    gone: ask(['process', ...names], names, { some: 'state=[RSDI]', none: 'state=T' }),
  }
}

/** For each name, some line that ends so and none that ends so. */
function ask(verb: NonEmpty<string>, names: readonly string[], { some, none }: { some: string; none: string }): Query {
  const line = (name: string, ending: string) => `[^]*${lineOf(name)} pid=\\d+ start=\\d+ ${ending}\n`
  return {
    command: tool(...verb),
    expect: { matches: `^${names.map((name) => `(?=${line(name, some)})(?!${line(name, none)})`).join('')}` },
  }
}

/** A name at the start of a line: one agent's name may be the end of another's. */
function lineOf(name: string): string {
  return `(?<![^\n])${RegExp.escape(name)}`
}

function tool(...words: NonEmpty<string>): Command {
  return { argv: ['tool', ...words] }
}
