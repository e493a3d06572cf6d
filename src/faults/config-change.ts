/**
 * Offers the machine's own deploy path a change of its startup config, and proves what it made of it: a bad one is to be refused before
 * anything is committed or stopped; one that is taken is a commit, and is reverted at the end.
 */
import Type from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import { type Predicate, pathOf } from '../base/predicate.ts'
import { byMachine } from '../fleet/by-machine.ts'
import { configEdit, freePort } from '../fleet/config-edit.ts'
import type { DeployedEdit } from '../fleet/deployed-edit.ts'
import type { Agent, Machine, MachineId, Topology } from '../fleet/topology.ts'
import type { Fault, Step } from './fault.ts'
import { is, query, restartMs, tool, toolTold } from './tool-steps.ts'
import { everyProcessOn, ofAgents, repositoryOf } from './ways.ts'

const params = Type.Object(
  {
    key: Type.String({
      pattern: '^[a-z_]+$',
      default: 'port',
      expected: 'a key of an entry, such as port',
      description: 'Of the agent’s entry.',
    }),
    value: Type.Union([Type.String(), Type.Number(), Type.Boolean()], {
      default: 'taken-port',
      description: 'What it becomes; taken-port is the port of another agent of the machine, free-port is nobody’s.',
    }),
    expect: Type.Enum(['refused', 'taken'], {
      default: 'refused',
      expected: 'refused or taken',
      description: 'What the deploy path is to make of it.',
    }),
    restart: Type.Boolean({ default: false, description: 'Whether the agents are restarted once it is taken, and once it is taken back.' }),
  },
  { additionalProperties: false },
)
type Value = string | number | boolean

/** A config of 54 agents is read twice by the machine's own programs. */
const proofMs = 8_000

export const configChange: Fault<typeof params> = {
  kind: 'config-change',
  summary: 'offers the deploy path a change of the startup config, and proves that it is refused, or taken',
  needs: ['supervisor'],
  params,
  plan(topology, targets, { key, value, expect, restart }, tag) {
    if (!('agents' in targets)) throw wrong('its targets are machines; it changes the entries of agents')
    if (expect === 'refused' && restart) throw wrong('restart: what is refused restarts nobody')
    const steps = byMachine(topology, targets.agents).map(([machine, agents]) => {
      const given = new Set<number>()
      const changes = agents.map((agent) => ({ agent, values: { [key]: meaning(topology, agent, value, given) } }))
      const edit = configEdit(topology.machines.get(machine) as Machine, changes)
      if (typeof edit === 'string') throw wrong(edit)
      return step(machine, agents, [edit], expect, restart, tag)
    })
    if (!isNonEmpty(steps)) throw wrong(`no agent ${targets.agents.join(', ')} in this fleet`)
    const ways = ofAgents(topology, targets.agents)
    return {
      targets: targets.agents,
      radius: restart ? targets.agents : [],
      silences: [],
      ...(restart ? { restarts: { ids: targets.agents, withinMs: restartMs } } : {}),
      takes: [...ways.machines.map(repositoryOf), ...(restart ? [...ways.processes, ...ways.answers] : [])],
      // That nobody was stopped is seen of all who run there.
      reliesOn: [
        ...[...ways.ground, ...ways.supervisors, ...ways.machines.map(repositoryOf)],
        ...(expect === 'refused' ? ways.machines.flatMap((machine) => everyProcessOn(topology, machine)) : ways.processes),
      ],
      lasts: expect === 'refused' ? 'instant' : 'until-undone',
      proofMs,
      steps,
    }
  },
}

function meaning(topology: Topology, agent: Agent, value: Value, given: Set<number>): Value {
  if (value === 'free-port') return freePort(topology, agent.machine, agent.port, given)
  if (value !== 'taken-port') return value
  const other = [...topology.agents.values()].find(({ machine, id }) => machine === agent.machine && id !== agent.id)
  if (other === undefined) throw wrong(`value: ${agent.id} is alone on its machine, so that no other agent has a port there`)
  return other.port
}

function step(
  machine: MachineId,
  agents: NonEmpty<Agent>,
  edits: readonly DeployedEdit[],
  expect: 'refused' | 'taken',
  restart: boolean,
  tag: string,
): Step {
  const names = restart ? agents.map(({ name }) => name) : []
  const look = toolTold({ agents: names.map((name) => ({ name })) }, 'changed', '--lease', tag)
  const fresh = names.map((name) => is(pathOf('agents', name, 'process'), 'fresh'))
  const seen = (answer: string, state: string): readonly Predicate[] => [
    is('/kind', 'config-change'),
    is('/answer', answer),
    is('/state', state),
    is('/worktree', 'clean'),
  ]
  const untouched: readonly Predicate[] = [is('/stoppedCount', 0), { path: '/said', op: 'not', value: null }]
  return {
    machine,
    undo: tool('change-back', '--lease', tag, '--process', ...names),
    apply: toolTold({ kind: 'config-change', edits, expect, restart: names }, 'change', '--lease', tag),
    effective:
      expect === 'refused' ? query(look, ...seen('refused', 'old'), ...untouched) : query(look, ...seen('taken', 'other'), ...fresh),
    gone: query(look, ...seen(expect, 'old'), ...fresh),
  }
}

function wrong(why: string): GauntletError {
  return new GauntletError('usage/fault', `planning config-change: ${why}`)
}
