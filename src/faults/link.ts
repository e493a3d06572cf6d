/**
 * Makes a machine's link worse without cutting it: loses, delays or throttles what the machine sends on the data network. Each part
 * is measured before and while it is held, and the proof names its means: a delay is the kernel's own where it can do one, and
 * otherwise a proxy's, which only new TCP connections meet.
 */
import Type, { type Static } from 'typebox'
import { GauntletError, type Problem } from '../base/errors.ts'
import { isNonEmpty } from '../base/nonempty.ts'
import { allOf, type Predicate } from '../base/predicate.ts'
import { endpointsOf, type LanPeer, lanPeersOf } from '../fleet/lan.ts'
import { natsPorts } from '../fleet/nats.ts'
import type { MachineId } from '../fleet/topology.ts'
import { duration, durationMs } from '../scenario/duration.ts'
import type { Fault, Step } from './fault.ts'
import { is, query, tool } from './tool-steps.ts'
import { namesOn, namespacesOf, networkOf } from './ways.ts'

const params = Type.Object(
  {
    loss: Type.Optional(
      Type.String({
        pattern: '^\\d+(\\.\\d+)?%$',
        expected: 'a share of packets in percent, such as 5%',
        description: 'Of the packets that it sends, 0.5% to 90%.',
      }),
    ),
    delay: Type.Optional({ ...duration, description: 'Of what it sends, 20ms to 2s.' }),
    jitter: Type.Optional({ ...duration, description: 'By how much the delay varies, up to half of it.' }),
    rate: Type.Optional(
      Type.String({
        pattern: '^\\d+(\\.\\d+)?(kbit|mbit)$',
        expected: 'bits a second with their unit, such as 256kbit or 1mbit',
        description: 'Of all that it sends on the data network, 8kbit to 20mbit.',
      }),
    ),
    peers: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        uniqueItems: true,
        description: 'Towards whom: machines, nats-MACHINE, vault. Left out: everyone.',
      }),
    ),
  },
  { additionalProperties: false },
)
type Params = Static<typeof params>

interface Wish {
  readonly loss?: number
  readonly delayMs?: number
  readonly jitterMs?: number
  readonly rate?: number
}

export const link: Fault<typeof params> = {
  kind: 'link',
  summary: 'loses, delays or throttles what machines send on the data network',
  needs: ['iptables', 'statistic', 'redirect', 'owner', 'tbf'],
  params,
  plan(topology, targets, params, tag) {
    if (!('machines' in targets))
      throw new GauntletError('usage/fault', 'planning link: its targets are agents; it degrades links of machines')
    const peers = lanPeersOf(topology)
    const wish = wishOf(params)
    const problems = [...problemsOf(params, wish), ...strangers(params, targets.machines, peers)]
    if (problems.length > 0) throw new GauntletError('usage/fault', `planning link of ${targets.machines.join(', ')}`, { problems })
    const steps = targets.machines.map((machine) => degrade(peers.get(machine) as LanPeer, wish, params, targets.machines, peers, tag))
    if (!isNonEmpty(steps)) throw new GauntletError('usage/fault', 'planning link: no machine of this fleet is named')
    const takes = targets.machines.map(networkOf)
    const named = targets.machines.flatMap((machine) => [namesOn(machine), namespacesOf(machine)])
    const reliesOn = [...[...peers.keys()].map(networkOf), ...named]
    return { targets: targets.machines, radius: [], silences: [], takes, reliesOn, lasts: 'until-undone', steps }
  },
}

const unitsOfRate = { kbit: 1_000, mbit: 1_000_000 } as const

function wishOf({ loss, delay, jitter, rate }: Params): Wish {
  const unit = rate?.endsWith('mbit') ? 'mbit' : 'kbit'
  return {
    ...(loss === undefined ? {} : { loss: Number.parseFloat(loss) / 100 }),
    ...(delay === undefined ? {} : { delayMs: durationMs(delay) }),
    ...(jitter === undefined ? {} : { jitterMs: durationMs(jitter) }),
    ...(rate === undefined ? {} : { rate: Math.round(Number.parseFloat(rate) * unitsOfRate[unit]) }),
  }
}

function problemsOf(params: Params, { loss, delayMs, jitterMs, rate }: Wish): readonly Problem[] {
  const outside = (value: number | undefined, least: number, most: number) => value !== undefined && (value < least || value > most)
  const all: readonly (readonly [boolean, string, string])[] = [
    [
      loss === undefined && delayMs === undefined && rate === undefined,
      'params: nothing of the link is made worse',
      'loss, delay or rate, one of them at least',
    ],
    [outside(loss, 0.005, 0.9), `params.loss: ${params.loss} is too little to be shown, or a partition`, '0.5% to 90%'],
    [outside(delayMs, 20, 2_000), `params.delay: ${params.delay} is out of range`, '20ms to 2s'],
    [jitterMs !== undefined && delayMs === undefined, 'params.jitter: it varies a delay, and there is none', 'delay beside it'],
    [
      (jitterMs ?? 0) > (delayMs ?? Number.POSITIVE_INFINITY) / 2,
      `params.jitter: ${params.jitter} is more than half of the delay, and could hide it`,
      `up to half of ${params.delay}`,
    ],
    [outside(rate, 8_000, 20_000_000), `params.rate: ${params.rate} is out of range`, '8kbit to 20mbit'],
    [
      rate !== undefined && params.peers !== undefined,
      'params.rate: it is a limit of the whole link, and cannot be given with peers',
      'rate or peers',
    ],
  ]
  return all.filter(([isWrong]) => isWrong).map(([, message, expected]) => ({ message, expected }))
}

function strangers({ peers: names = [] }: Params, machines: readonly MachineId[], peers: ReadonlyMap<string, LanPeer>): readonly Problem[] {
  const others = [...peers.keys()].filter((name) => !machines.includes(name as MachineId))
  return names
    .filter((name) => !others.includes(name))
    .map((name) => {
      const isWatcher = /mgmt|observer|tool/.test(name)
      const message = isWatcher
        ? `params.peers: ${name} belongs to the management network or to the harness; faults stay off both`
        : `params.peers: no other on the data network is called ${name}`
      return { message, expected: `one of ${others.join(', ')}` }
    })
}

/** Where questions are tried until somebody answers: a legacy agent does not, and a message server speaks before it is asked. */
const witnessesOfEach = 3

function degrade(
  own: LanPeer,
  wish: Wish,
  params: Params,
  targets: readonly MachineId[],
  peers: ReadonlyMap<string, LanPeer>,
  tag: string,
): Step {
  const others = [...peers.values()].filter(({ name }) => name !== own.name && (params.peers?.includes(name) ?? true))
  // Who is degraded at the same moment is measured against only where there is nobody else.
  const undisturbed = others.filter(({ name }) => !targets.includes(name as MachineId))
  const witnesses = endpointsOf(undisturbed.length > 0 ? undisturbed : others, witnessesOfEach, (port) => port !== natsPorts[0])
  const given = Object.entries({ loss: wish.loss, delay: wish.delayMs, jitter: wish.jitterMs, rate: wish.rate })
  const words = given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]))
  const named = params.peers ? ['--peers', ...others.map(({ host }) => host)] : []
  const delays = wish.delayMs !== undefined
  // Whom the proxy would have to stand in for, where the kernel cannot delay.
  const services = delays ? ['--services', ...endpointsOf(others, Number.POSITIVE_INFINITY)] : []
  const inbound = delays ? ['--inbound', ...own.ports.map(String)] : []
  const parts = [wish.loss === undefined ? [] : ['loss'], delays ? ['delay'] : [], wish.rate === undefined ? [] : ['rate']].flat()
  const each = (word: 'shown' | 'absent') => parts.map((part) => is(`/${part}/is`, word))
  const standing: Predicate = { any: [{ path: '/rules', op: 'atLeast', value: 1 }, is('/qdisc', true)] }
  const state = tool('link-state', '--lease', tag)
  // A rate is measured by a flood, which would be a second fault if it came every second: while it is held, its queue must stand.
  const light = tool('link-state', '--lease', tag, '--without-flood')
  const lasting = parts.map((part) => (part === 'rate' ? is('/qdisc', true) : is(`/${part}/is`, 'shown')))
  return {
    machine: own.name as MachineId,
    undo: tool('mend', '--lease', tag),
    apply: tool(
      'degrade',
      ...['--lease', tag, '--own', own.host, '--witness', ...witnesses],
      ...[...words, ...named, ...services, ...inbound],
    ),
    ...(delays ? { sustain: tool('delay-proxy', '--lease', tag) } : {}),
    effective: query(state, standing, ...each('shown')),
    lasting: query(light, ...(wish.rate === undefined ? [standing] : []), ...lasting),
    gone: query(state, is('/rules', 0), is('/qdisc', false), { any: [allOf(each('absent')), is('/wasDegraded', false)] }),
  }
}
