/**
 * Cuts machines off the data network, by rules in their own network namespaces that carry the lease. A whole cut takes a machine's
 * message server along: it is the machine's, and the rest of the fleet must not hear it either. The management network stays, so
 * that nobody is silenced: what shows the cut is packets that the kernel dropped, and a connection that worked before and does not.
 */
import Type, { type Static } from 'typebox'
import { GauntletError, type Problem } from '../base/errors.ts'
import { isNonEmpty } from '../base/nonempty.ts'
import type { Predicate } from '../base/predicate.ts'
import { endpointsOf, type LanPeer, lanPeersOf, serverPlace } from '../fleet/lan.ts'
import { type ServiceId, servicesOf } from '../fleet/services.ts'
import type { MachineId, Topology } from '../fleet/topology.ts'
import { duration, durationMs } from '../scenario/duration.ts'
import type { Fault, Step } from './fault.ts'
import { is, query, tool } from './tool-steps.ts'
import { namesOn, namespacesOf, networkOf } from './ways.ts'

const flapping = Type.Object(
  {
    down: { ...duration, description: 'How long it is cut, 500ms to 5s.' },
    up: { ...duration, description: 'How long it is whole in between, 500ms to 5s.' },
  },
  { additionalProperties: false, description: '{ down, up }: cut and whole by turns, each for 500ms to 5s. Left out: cut all the while.' },
)

const params = Type.Object(
  {
    direction: Type.Enum(['both', 'in', 'out'], {
      default: 'both',
      description: 'in: the target hears nobody; out: nobody hears the target; both: neither.',
    }),
    peers: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        uniqueItems: true,
        description: 'From whom: machines, nats-MACHINE, vault. Left out: from everyone, and its message server with it.',
      }),
    ),
    ports: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 65535 }), {
        minItems: 1,
        maxItems: 15,
        uniqueItems: true,
        description: 'Only these ports of the peers. Left out: everything, also what is not TCP.',
      }),
    ),
    flap: Type.Optional(flapping),
  },
  { additionalProperties: false },
)
type Params = Static<typeof params>

export const partition: Fault<typeof params> = {
  kind: 'partition',
  summary: 'cuts machines off the data network, one way or both, wholly, by peer or by port, for good or flapping',
  needs: ['iptables'],
  params,
  plan(topology, targets, params, tag) {
    if (!('machines' in targets)) throw new GauntletError('usage/fault', 'planning partition: its targets are agents; it cuts machines off')
    const peers = lanPeersOf(topology)
    const problems = problemsOf(params, targets.machines, peers)
    if (problems.length > 0) throw new GauntletError('usage/fault', `planning partition of ${targets.machines.join(', ')}`, { problems })
    const witnesses = witnessesOf(targets.machines, peers)
    const steps = targets.machines.flatMap((machine) => stepsOf(peers.get(machine) as LanPeer, params, peers, witnesses, tag))
    if (!isNonEmpty(steps)) throw new GauntletError('usage/fault', 'planning partition: no machine of this fleet is named')
    const lost = lostBy(topology, targets.machines, params)
    const places = steps.map(({ machine }) => machine)
    const takes = places.map(networkOf)
    const reliesOn = [...[...peers.keys()].map(networkOf), ...places.flatMap((place) => [namespacesOf(place), namesOn(place)])]
    return { targets: targets.machines, radius: lost, silences: [], mayFail: lost, takes, reliesOn, lasts: 'until-undone', steps }
  },
}

/**
 * Agents are asked over the management network, which no fault cuts, and must stay healthy. A message server that is cut off with its
 * machine is not: it stands on the data network alone. And a hub that is cut off by peer or by port may lose its message server, and says so.
 */
function lostBy(topology: Topology, machines: readonly MachineId[], params: Params): readonly ServiceId[] {
  const probe = isWhole(params) ? 'nats' : 'hub'
  return servicesOf(topology).flatMap((service) => (service.probe === probe && machines.includes(service.machine) ? [service.id] : []))
}

function isWhole({ peers, ports }: Params): boolean {
  return peers === undefined && ports === undefined
}

const flapLimits = { leastMs: 500, mostMs: 5_000 } as const

function problemsOf(params: Params, machines: readonly MachineId[], peers: ReadonlyMap<string, LanPeer>): readonly Problem[] {
  const known = [...peers.keys()]
  const strangers = (params.peers ?? []).flatMap((name): Problem[] => {
    if (peers.has(name)) return []
    const isWatcher = /mgmt|observer|tool/.test(name)
    const message = isWatcher
      ? `params.peers: ${name} belongs to the management network or to the harness; faults stay off both`
      : `params.peers: nobody on the data network is called ${name}`
    return [{ message, expected: `one of ${known.join(', ')}` }]
  })
  const selves = machines.filter((machine) => params.peers?.includes(machine))
  const lengths = Object.entries(params.flap ?? {}).flatMap(([name, text]): Problem[] => {
    const ms = durationMs(text)
    if (ms >= flapLimits.leastMs && ms <= flapLimits.mostMs) return []
    return [{ message: `params.flap.${name}: ${text} is too short or too long to be seen`, expected: '500ms to 5s' }]
  })
  const witnesses = witnessesOf(machines, peers)
  const others = machines.map((machine) =>
    peersOf(peers.get(machine) as LanPeer, params, peers).filter(({ name }) => params.peers !== undefined || witnesses.has(name)),
  )
  const unserved = (params.ports ?? []).filter((port) => !others.every((list) => list.some(({ ports }) => ports.includes(port))))
  return [
    ...strangers,
    ...selves.map((name) => ({ message: `params.peers: ${name} is cut off itself`, expected: 'others than the targets' })),
    ...lengths,
    ...(strangers.length + selves.length > 0 ? [] : unserved).map((port) => ({
      message: `params.ports: none of the peers is known to listen on ${port}, so that nobody could see it cut`,
      expected: 'a port of theirs',
    })),
  ]
}

/** From whom a machine is cut off. */
function peersOf(own: LanPeer, params: Params, peers: ReadonlyMap<string, LanPeer>): readonly LanPeer[] {
  if (params.peers) return params.peers.flatMap((name) => peers.get(name) ?? [])
  return [...peers.values()].filter(({ name }) => name !== own.name && name !== own.server)
}

/** Who is there to be reached before the cut, and not meanwhile: not who is cut off at the same moment, by another step. */
function witnessesOf(machines: readonly MachineId[], peers: ReadonlyMap<string, LanPeer>): ReadonlySet<string> {
  const gone = machines.flatMap((machine) => [machine, peers.get(machine)?.server])
  return new Set([...peers.keys()].filter((name) => !gone.includes(name)))
}

/** Of each peer, so that one agent that happens to be down is no mystery. */
const probesOfEach = 3

function stepsOf(
  own: LanPeer,
  params: Params,
  peers: ReadonlyMap<string, LanPeer>,
  witnesses: ReadonlySet<string>,
  tag: string,
): readonly Step[] {
  const others = peersOf(own, params, peers)
  const wanted = (port: number) => params.ports?.includes(port) ?? true
  const served = others.filter(({ name, ports }) => (params.peers !== undefined || witnesses.has(name)) && ports.some(wanted))
  const machine = own.name as MachineId
  const named = params.peers ? ['--peers', ...others.map(({ host }) => host)] : []
  const ports = params.ports ? ['--ports', ...params.ports.map(String)] : []
  const probes = ['--probe', ...endpointsOf(served, probesOfEach, wanted)]
  if (!isWhole(params) || own.server === undefined) return [cut(machine, params, tag, ['--own', own.host, ...named, ...ports, ...probes])]
  return [
    cut(machine, params, tag, ['--own', own.host, '--except', own.server, ...probes]),
    cut(serverPlace(own.server), params, tag, ['--own', own.server, '--except', own.host, ...probes]),
  ]
}

function cut(machine: MachineId, { direction, flap }: Params, tag: string, words: readonly string[]): Step {
  const chains = { both: ['INPUT', 'OUTPUT'], in: ['INPUT'], out: ['OUTPUT'] }[direction]
  const down = flap === undefined ? 0 : durationMs(flap.down)
  const up = flap === undefined ? 0 : durationMs(flap.up)
  const state = tool('cut-state', '--lease', tag)
  const standing: readonly Predicate[] = chains.map((chain) => ({ path: `/rules/${chain}/count`, op: 'atLeast', value: 1 }))
  // New connections may fail for many reasons: packets that our rules took, and a flow from before the cut that stops, have only one.
  const cutOff: readonly Predicate[] = [
    { path: '/dropped', op: 'atLeast', value: 1 },
    { path: '/peers', op: 'every', of: is('/open', 0) },
    { path: '/flows', op: 'every', of: is('/isStopped', true) },
  ]
  const byTurns: readonly Predicate[] = (['/open', '/silent'] as const).map((path) => ({
    path: '/peers',
    op: 'every',
    of: { path, op: 'atLeast', value: 1 },
  }))
  const whole: Predicate = {
    all: [is('/rules/INPUT/count', 0), is('/rules/OUTPUT/count', 0), { path: '/peers', op: 'every', of: is('/silent', 0) }],
  }
  return {
    machine,
    undo: tool('mend', '--lease', tag),
    apply: tool('cut', '--lease', tag, '--direction', direction, ...words),
    ...(flap
      ? {
          sustain: tool('flap', '--lease', tag, '--down', String(down), '--up', String(up)),
          effective: query(tool('cut-state', '--lease', tag, '--watch', String(down + up)), ...byTurns),
        }
      : { effective: query(tool('cut-state', '--lease', tag, '--patience', '25'), ...standing, ...cutOff) }),
    // Where it was refused there is nobody to reach, and nothing to be gone.
    gone: query(state, { any: [whole, is('/wasCut', false)] }),
  }
}
