/**
 * A listener of ours owns a port. Aimed at agents, it takes the port that each of them needs, while each is restarted: the agent's own
 * bind then fails, again and again, until the port is free. Aimed at machines, it takes a port that is free now.
 */
import Type, { type Static } from 'typebox'
import { GauntletError, type Problem } from '../base/errors.ts'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import { allOf, type Predicate, pathOf } from '../base/predicate.ts'
import { byMachine } from '../fleet/by-machine.ts'
import type { Agent, MachineId } from '../fleet/topology.ts'
import type { Fault, Step, Targets } from './fault.ts'
import { is, query, tool } from './tool-steps.ts'
import { namespacesOf, ofAgents, roomOn } from './ways.ts'

const params = Type.Object(
  {
    of: Type.Optional(
      Type.Enum(['port', 'healthPort'], { description: 'Of agents: which of their two ports. Left out: the health port.' }),
    ),
    port: Type.Optional(Type.Integer({ minimum: 1024, maximum: 65535, description: 'On machines: which port, free now.' })),
    address: Type.Enum(['0.0.0.0', '127.0.0.1'], {
      default: '0.0.0.0',
      description: 'Where it listens; each of them is in the way of an agent.',
    }),
    proto: Type.Enum(['tcp', 'udp'], { default: 'tcp' }),
  },
  { additionalProperties: false },
)
type Params = Static<typeof params>

/** Once the port is free the agent's supervisor still waits, longer after each attempt: 10 s after a minute of them. */
const proofMs = 20_000

export const portSquat: Fault<typeof params> = {
  kind: 'port-squat',
  summary: 'takes a port: the one that an agent needs at its restart, or a free one',
  needs: ['supervisor'],
  params,
  plan({ agents: all, ...topology }, targets, params, tag) {
    const problems = problemsOf(params, targets, [...all.values()])
    if (problems.length > 0) throw new GauntletError('usage/fault', 'planning port-squat', { problems })
    if ('machines' in targets) {
      const steps = targets.machines.map((machine) => takeFree(machine, params.port as number, params, tag))
      if (!isNonEmpty(steps)) throw new GauntletError('usage/fault', 'planning port-squat: no machine of this fleet is named')
      const reliesOn = targets.machines.map(namespacesOf)
      return { targets: targets.machines, radius: [], silences: [], takes: [], reliesOn, lasts: 'until-undone', steps }
    }
    const steps = byMachine({ agents: all, ...topology }, targets.agents).map(([machine, agents]) => takeFrom(machine, agents, params, tag))
    if (!isNonEmpty(steps))
      throw new GauntletError('usage/fault', `planning port-squat: no agent ${targets.agents.join(', ')} in this fleet`)
    const { processes, answers, ground, supervisors, machines } = ofAgents({ agents: all }, targets.agents)
    const reliesOn = [...ground, ...processes, ...supervisors, ...machines.map((machine) => roomOn(machine, 'logs'))]
    const whom = { targets: targets.agents, radius: targets.agents, silences: targets.agents }
    return { ...whom, takes: [...processes, ...answers], reliesOn, lasts: 'until-undone', proofMs, steps }
  },
}

function problemsOf({ of, port, proto }: Params, targets: Targets, agents: readonly Agent[]): readonly Problem[] {
  const onMachines = 'machines' in targets
  const owner = agents.find(
    (agent) => [agent.port, agent.healthPort].includes(port ?? 0) && onMachines && targets.machines.includes(agent.machine),
  )
  const all: readonly (readonly [boolean, string, string])[] = [
    [onMachines && port === undefined, 'params.port: on machines it must be said which', 'a port that is free there'],
    [onMachines && of !== undefined, 'params.of: machines have no port of their own', 'port instead, or agents as targets'],
    [!onMachines && port !== undefined, 'params.port: an agent has its own ports', 'of: port or healthPort, or machines as targets'],
    [!onMachines && proto === 'udp', "params.proto: agents need TCP; who listens on UDP is in nobody's way", 'tcp, or machines as targets'],
    [
      owner !== undefined && proto === 'tcp',
      `params.port: ${port} is the port of ${owner?.id}, which would not give it up`,
      `a free one, or ${owner?.id} as the target`,
    ],
  ]
  return all.filter(([isWrong]) => isWrong).map(([, message, expected]) => ({ message, expected }))
}

function takeFrom(machine: MachineId, agents: NonEmpty<Agent>, { of = 'healthPort', address }: Params, tag: string): Step {
  const names = agents.map(({ name }) => name)
  const ports = agents.map((agent) => String(agent[of]))
  const where = ['--lease', tag, '--proto', 'tcp', '--ports', ...ports]
  const state = tool('port-state', ...where, '--process', ...names)
  return {
    machine,
    undo: tool('squat-end', ...where, '--process', ...names),
    apply: tool('squat-room', ...where, '--process', ...names),
    sustain: tool('squat', ...where, '--address', address, '--start', ...names),
    effective: query(
      state,
      ...agents.flatMap((agent) => [listens(agent[of], 'ours'), { path: pathOf('refused', agent.name), op: 'not' as const, value: null }]),
    ),
    gone: query(state, { any: [allOf(agents.map((agent) => listens(agent[of], agent.name))), untaken] }),
  }
}

function takeFree(machine: MachineId, port: number, { address, proto }: Params, tag: string): Step {
  const where = ['--lease', tag, '--proto', proto, '--ports', String(port)]
  const state = tool('port-state', ...where)
  return {
    machine,
    undo: tool('port-state', ...where), // the listener dies with its guard
    apply: tool('squat-room', ...where),
    sustain: tool('squat', ...where, '--address', address),
    effective: query(state, listens(port, 'ours')),
    gone: query(state, { any: [is(pathOf('ports', String(port), 'count'), 0), untaken] }),
  }
}

const untaken = is('/wasTaken', false)

function listens(port: number, name: string): Predicate {
  return { path: pathOf('ports', String(port), 'owners'), op: 'some', of: is('/name', name) }
}
