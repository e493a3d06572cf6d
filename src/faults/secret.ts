/**
 * Does something to a secret on a machine, and restarts the agents that need it, so that it is felt. The original is kept beside it and
 * comes back byte for byte, with its mode, owner and age; then they are restarted again. A rotation is the machine's own side-car's,
 * and restarts nobody.
 */
import Type, { type Static } from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import { type Predicate, pathOf } from '../base/predicate.ts'
import { byMachine } from '../fleet/by-machine.ts'
import { natsPassword, secretsOf } from '../fleet/secrets.ts'
import { type ServiceId, servicesOf } from '../fleet/services.ts'
import type { Agent, AgentId, MachineId, Topology } from '../fleet/topology.ts'
import type { Fault, Step } from './fault.ts'
import { is, query, restartMs, tool, toolTold } from './tool-steps.ts'
import { clockOf, namesOn, networkOf, ofAgents, roomOn, secretsOn, serverOf } from './ways.ts'

const states = ['absent', 'wrong', 'unreadable', 'empty', 'truncated', 'rotated'] as const

const params = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Z][A-Z0-9_]*$', default: natsPassword, expected: 'the name of a secret', description: 'Which one.' }),
    state: Type.Enum(states, {
      default: 'absent',
      expected: `one of ${states.join(', ')}`,
      description: 'absent: neither as a file nor in Vault; rotated: by the side-car, without a restart',
    }),
  },
  { additionalProperties: false },
)
type State = Static<typeof params>['state']

/** Without a usable value an agent does not start; with a wrong one it does, and is turned away. */
const keepsDown: readonly State[] = ['absent', 'unreadable', 'empty']
/** Of these it is restarted, and answers again. */
const restartsOnly: readonly State[] = ['wrong', 'truncated']
/** What a hub says of itself while its message server takes its password. */
const onBus = is('/body/nats', 'connected')
/** A hub waits two seconds before it goes to its message server. */
const proofMs = 12_000

export const secret: Fault<typeof params> = {
  kind: 'secret',
  summary: 'takes a secret away, spoils it or rotates it, and restarts who needs it',
  needs: ['supervisor'],
  params,
  plan(topology, targets, { name, state }, tag) {
    if (!('agents' in targets))
      throw new GauntletError('usage/fault', 'planning secret: its targets are machines; it takes agents that need one')
    const others = targets.agents.filter((id) => !needs(topology.agents.get(id), name))
    if (others.length > 0) throw new GauntletError('usage/fault', `planning secret: ${who(others, topology.agents, name)}`)
    const steps = byMachine(topology, targets.agents).map(([machine, agents]) => step(machine, agents, name, state, tag))
    if (!isNonEmpty(steps)) throw new GauntletError('usage/fault', `planning secret: no agent ${targets.agents.join(', ')} in this fleet`)
    const { processes, answers, ground, supervisors, machines } = ofAgents(topology, targets.agents)
    // What agents say of themselves they say in their logs, by their clocks, of what they reach on the network.
    const around = machines.flatMap((machine) => [
      ...[secretsOn(machine), clockOf(machine), roomOn(machine, 'logs')],
      ...[namesOn(machine), networkOf(machine), networkOf(serverOf(machine))],
    ])
    return {
      targets: targets.agents,
      radius: state === 'rotated' ? [] : targets.agents, // a rotation is felt by nobody
      silences: keepsDown.includes(state) ? targets.agents : [],
      ...(keepsDown.includes(state) ? { idles: targets.agents } : {}), // who starts all the same must not say that it is healthy
      ...(restartsOnly.includes(state)
        ? { restarts: { ids: targets.agents, withinMs: restartMs }, mayFail: wordsOf(topology, targets.agents) }
        : {}),
      takes: [...machines.map(secretsOn), ...(state === 'rotated' ? [] : [...processes, ...answers])],
      reliesOn: [...ground, ...processes, ...supervisors, ...around],
      lasts: 'until-undone',
      proofMs,
      steps,
    }
  },
}

function needs(agent: Agent | undefined, name: string): boolean {
  return agent !== undefined && secretsOf(agent).includes(name)
}

function who(others: readonly AgentId[], agents: ReadonlyMap<AgentId, Agent>, name: string): string {
  const needing = [...agents.values()].filter((agent) => needs(agent, name)).map(({ id }) => id)
  return `${others.join(', ')} would not feel it: ${name} is needed by ${needing.join(', ') || 'nobody'}`
}

function step(machine: MachineId, agents: NonEmpty<Agent>, name: string, state: State, tag: string): Step {
  const names = agents.map((agent) => agent.name)
  const asked = agents.map(({ name: agent, port, healthPort }) => ({
    name: agent,
    healthPort,
    old: { url: `http://127.0.0.1:${port}/hub_health`, shows: onBus },
  }))
  const look = toolTold({ agents: asked }, 'secret-look', '--lease', tag, '--name', name)
  const gone = names.flatMap((agent) => {
    const of = (key: string, value: string | number | boolean) => is(pathOf('agents', agent, key), value)
    return [of('process', state === 'rotated' ? 'same' : 'fresh'), of('behaviour', 'old'), of('health', 200), of('isShown', false)]
  })
  return {
    machine,
    undo: tool('secret-back', '--lease', tag, '--process', ...names),
    apply: tool('secret', '--lease', tag, '--name', name, '--state', state, '--process', ...names),
    effective: query(look, ...fileWhen(name, state), ...names.flatMap((agent) => agentWhen(agent, state))),
    gone: query(look, is('/changedFiles', 0), is(pathOf('files', name, 'state'), 'old'), ...gone),
  }
}

function fileWhen(name: string, state: State): readonly Predicate[] {
  const now = (key: string, value: string | number) => is(pathOf('files', name, 'now', key), value)
  const standing = is(pathOf('files', name, 'state'), state === 'absent' ? 'none' : 'other')
  if (state === 'absent') return [standing]
  if (state === 'empty') return [standing, now('bytes', 0)]
  return [standing, now('mode', state === 'unreadable' ? '0' : '400')]
}

/** In its own words it names the secret, and it never shows the value. */
function agentWhen(agent: string, state: State): readonly Predicate[] {
  const at = (key: string) => pathOf('agents', agent, key)
  const unseen = is(at('isShown'), false)
  if (state === 'rotated')
    return [
      is(at('process'), 'same'),
      is(at('behaviour'), 'old'),
      is(at('health'), 200),
      { path: at('says'), op: 'not', value: null },
      unseen,
    ]
  const felt = [is(at('behaviour'), 'other'), is(at('namesIt'), true), unseen]
  if (!keepsDown.includes(state)) return [is(at('process'), 'fresh'), is(at('health'), 200), ...felt]
  return [{ any: [is(at('process'), 'fresh'), is(at('process'), 'none')] }, { path: at('health'), op: 'not', value: 200 }, ...felt]
}

/** What speaks for a hub that its message server turns away may well say so. */
function wordsOf(topology: Topology, agents: readonly AgentId[]): readonly ServiceId[] {
  return servicesOf(topology).flatMap(({ id, agent }) => (agent !== undefined && agents.includes(agent) ? [id] : []))
}
