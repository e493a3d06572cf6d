/** What faults on whole containers have in common: which containers a target means, where they are asked from outside, and the way back. */
import Type, { type Static } from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import { pathOf } from '../base/predicate.ts'
import { alertmanagerPort } from '../fleet/alertmanager.ts'
import { gatewayNameOf, gatewayPort } from '../fleet/hub-environment.ts'
import { natsHostOf, natsMonitorPort } from '../fleet/nats.ts'
import { prometheusPort } from '../fleet/prometheus.ts'
import { type Service, watchedOf } from '../fleet/services.ts'
import { sinkPort } from '../fleet/sink.ts'
import type { AgentId, MachineId, Topology } from '../fleet/topology.ts'
import type { Plan, Step, Targets } from './fault.ts'
import { is, query, tool } from './tool-steps.ts'
import { answersOf, namespacesOf, networkOf, processesOf, supervisorOf } from './ways.ts'

interface Place {
  /** Service of the compose file on this machine; with one for the whole fleet, of that. */
  readonly services: (machine: MachineId) => NonEmpty<string>
  /** Answered over HTTP by the first of them, while it lives. */
  readonly ask: string
  /** Of that machine, by how the observer asks them: whom its loss hurts. */
  readonly hurts: readonly ('health' | Service['probe'])[]
  /** One for the whole fleet, which stands beside the first machine. */
  readonly alone?: true
}

/** A machine goes down with its Pushgateway, which is a process on it; and its tool container goes down with it. */
const machinePlace: Place = {
  services: (machine) => [machine, gatewayNameOf(machine)],
  ask: `${gatewayPort}/-/healthy`,
  hurts: ['health', 'tcp'],
}
const servers = {
  nats: { services: (machine) => [natsHostOf(machine)], ask: `${natsMonitorPort}/varz`, hurts: ['nats', 'hub'] },
  pushgateway: { services: (machine) => [gatewayNameOf(machine)], ask: `${gatewayPort}/-/healthy`, hurts: ['tcp'] },
  prometheus: { services: () => ['prometheus'], ask: `${prometheusPort}/-/ready`, hurts: [], alone: true },
  alertmanager: { services: () => ['alertmanager'], ask: `${alertmanagerPort}/-/ready`, hurts: [], alone: true },
  sink: { services: () => ['sink'], ask: `${sinkPort}/alerts`, hurts: [], alone: true },
} as const satisfies Record<string, Place>
const names = Object.keys(servers) as (keyof typeof servers)[]

export const containerParams = Type.Object(
  {
    server: Type.Optional(
      Type.Enum(names, { expected: `one of ${names.join(', ')}`, description: 'of the machine; left out: the machine itself' }),
    ),
  },
  { additionalProperties: false },
)

interface Deed {
  readonly kind: string
  readonly deed: 'kill' | 'pause'
  /** As the engine calls what became of it. */
  readonly state: 'exited' | 'paused'
}

/** @throws GauntletError usage/fault where the targets are agents, or the server is not one of that machine */
export function containerPlan(
  { kind, deed, state }: Deed,
  topology: Topology,
  targets: Targets,
  { server }: Static<typeof containerParams>,
  tag: string,
): Plan {
  if (!('machines' in targets))
    throw new GauntletError('usage/fault', `planning ${kind}: its targets are agents; name machines, and their server`)
  const place: Place = server === undefined ? machinePlace : servers[server]
  const [first] = topology.machines.keys()
  const strange = place.alone ? targets.machines.filter((machine) => machine !== first) : []
  if (strange.length > 0)
    throw new GauntletError('usage/fault', `planning ${kind}: ${server} is not on ${strange.join(', ')}; it stands beside ${first}`)
  const hurt = watchedOf(topology).filter(({ machine, probe }) => targets.machines.includes(machine) && place.hurts.includes(probe))
  const steps = targets.machines.map((machine) => stepOf(machine, place, deed, state, tag))
  if (!isNonEmpty(steps)) throw new GauntletError('usage/fault', `planning ${kind}: no machine is named`)
  const silenced = hurt.filter(({ probe }) => fallsSilent(probe, deed))
  const ids = (all: typeof hurt) => all.map(({ id }) => id)
  const mayFail = ids(hurt.filter((each) => !silenced.includes(each)))
  const places = targets.machines.flatMap((machine) => place.services(machine))
  const down = deed === 'kill' ? places.map(namespacesOf) : []
  const agents = hurt.flatMap(({ id, probe }) => (probe === 'health' ? [answersOf(id as AgentId)] : []))
  const whole = server === undefined ? targets.machines.flatMap((machine) => [processesOf(machine), supervisorOf(machine)]) : []
  const takes = [...down, ...places.map(networkOf), ...whole, ...agents]
  const common = { takes, reliesOn: [], lasts: 'until-undone' } as const
  return { targets: targets.machines, radius: ids(hurt), silences: ids(silenced), mayFail, ...common, steps }
}

/** A hub that loses its message server says so when it notices; for what is frozen, the kernel still accepts connections. */
function fallsSilent(probe: Place['hurts'][number], deed: Deed['deed']): boolean {
  return probe !== 'hub' && !(probe === 'tcp' && deed === 'pause')
}

function stepOf(machine: MachineId, { services, ask }: Place, deed: Deed['deed'], state: Deed['state'], tag: string): Step {
  const all = services(machine)
  // One lease may hurt the containers of several machines by one hand: each step remembers its own.
  const key = ['--lease', tag, '--part', machine]
  const run = (...words: NonEmpty<string>) => tool('container', ...words)
  const seen = (engine: string, isHeard: boolean) =>
    query(
      tool('container-state', ...key, '--service', ...all, '--ask', ask),
      ...all.map((service) => is(pathOf('containers', service, 'state'), engine)),
      is(pathOf('containers', all[0], 'answers'), isHeard),
    )
  return {
    machine,
    by: 'engine',
    undo: run('back', ...key),
    apply: run(deed, ...key, '--service', ...all, '--ask', ask), // who is silent before cannot be seen to fall silent
    effective: seen(state, false),
    gone: seen('running', true),
  }
}
