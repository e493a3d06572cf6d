/** Faults of the network as plans: whom they name, what they refuse before anything is done, and what counts as proof. */
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { type Cut, cutAnswer, proves } from '../../fixtures/proves.ts'
import { GauntletError } from '../base/errors.ts'
import type { Json } from '../base/predicate.ts'
import type { Agent, AgentId, Machine, MachineId, Topology } from '../fleet/topology.ts'
import type { Plan, Query, Targets } from './fault.ts'
import { faults } from './index.ts'

const roles = { 'mainpc/ServiceRegistry': 'registry', 'mainpc/Hub': 'hub', 'pc2/Far': 'agent' } as const
const ports = { 'mainpc/ServiceRegistry': 7200, 'mainpc/Hub': 9000, 'pc2/Far': 7400 } as const
const ids = Object.keys(roles) as (keyof typeof roles)[]
const topology: Topology = {
  machines: new Map(['mainpc', 'pc2'].map((id) => [id as MachineId, { id, lanName: `${id}.lan`, mgmtName: `${id}.mgmt` } as Machine])),
  agents: new Map(ids.map((id) => [id as string as AgentId, agentOf(id)])),
}
const [main, far] = ['mainpc', 'pc2'] as [MachineId, MachineId]
const pc2: Targets = { machines: [far] }
const both: Targets = { machines: [main, far] }
const farAgent: Targets = { agents: ['pc2/Far' as AgentId] }

function agentOf(id: keyof typeof roles): Agent {
  const [machine, name] = id.split('/')
  return { id, name, machine, role: roles[id], port: ports[id], healthPort: ports[id] + 1000 } as unknown as Agent
}

type Kind = 'partition' | 'link' | 'port-squat' | 'dns'

function plan(kind: Kind, targets: Targets, params: object = {}): Plan {
  const fault = faults[kind]
  return fault.plan(topology, targets, Value.Default(fault.params, structuredClone(params)) as never, 'tag-1')
}

function refusal(kind: Kind, targets: Targets, params: object): string {
  try {
    plan(kind, targets, params)
  } catch (error) {
    if (error instanceof GauntletError)
      return [error.code, error.message, ...error.problems.map(({ message, expected }) => `${message} (${expected})`)].join('\n')
    throw error
  }
  return 'taken'
}

const ordinary: readonly (readonly [Kind, Targets, object])[] = [
  ['partition', pc2, {}],
  ['partition', both, { peers: ['nats-mainpc', 'nats-pc2'] }],
  ['partition', pc2, { ports: [9000], flap: { down: '1s', up: '500ms' } }],
  ['link', both, { loss: '5%', delay: '100ms', jitter: '20ms', rate: '1mbit' }],
  ['port-squat', farAgent, {}],
  ['port-squat', pc2, { port: 5555, proto: 'udp' }],
  ['dns', both, { mode: 'wrong' }],
]

test.each(ordinary)('%s: every step carries the tag, survives JSON and is undone by it', (kind, targets, params) => {
  const made = plan(kind, targets, params)
  expect(JSON.parse(JSON.stringify(made))).toEqual(made)
  for (const { apply, undo, sustain } of made.steps) {
    expect(apply.argv.join(' ')).toContain('--lease tag-1')
    expect(undo.argv.join(' ')).toContain('--lease tag-1')
    if (sustain) expect(sustain.argv.join(' ')).toContain('--lease tag-1')
  }
  expect(JSON.stringify(made)).not.toContain('mgmt')
})

test('a whole cut takes the message server along, and asks it about others than its machine', () => {
  const { steps, silences, radius, mayFail } = plan('partition', pc2)
  expect(steps.map(({ machine }) => machine)).toEqual(['pc2', 'nats-pc2'])
  expect([silences, radius, mayFail]).toEqual([[], ['nats-pc2'], ['nats-pc2']]) // the observer has no other way to it
  const [machine, server] = steps.map(({ apply }) => apply.argv.join(' ')) as [string, string]
  expect(machine).toContain('--own pc2.lan --except nats-pc2 --probe mainpc.lan:7200 mainpc.lan:8200 mainpc.lan:9000 nats-mainpc:4222')
  expect(server).toContain('--own nats-pc2 --except pc2.lan --probe mainpc.lan:7200')
  for (const words of [machine, server]) expect(words.split('--probe')[1]).not.toContain('pc2')
})

test('a cut by peer or by port leaves the message server where it is, and its hub may say that it lost it', () => {
  for (const params of [{ peers: ['nats-mainpc'] }, { ports: [4222] }]) {
    const { silences, radius, mayFail } = plan('partition', { machines: [main] }, params.peers ? { peers: ['nats-pc2'] } : params)
    expect([silences, radius, mayFail]).toEqual([[], ['mainpc/Hub/hub_health'], ['mainpc/Hub/hub_health']])
  }
})

test('two machines that are cut off at once are not asked about each other', () => {
  for (const { apply } of plan('partition', both).steps)
    expect(apply.argv.slice(apply.argv.indexOf('--probe'))).toEqual(['--probe', 'vault:8200'])
})

test('by peer and by port it stays in the machine, and is seen where it is made', () => {
  const byPeer = plan('partition', both, { peers: ['nats-mainpc', 'nats-pc2'] }).steps
  expect(byPeer.map(({ machine }) => machine)).toEqual(['mainpc', 'pc2'])
  expect(byPeer[0].apply.argv.join(' ')).toContain('--peers nats-mainpc nats-pc2 --probe nats-mainpc:4222 nats-mainpc:8222 nats-pc2:4222')
  const [byPort] = plan('partition', pc2, { ports: [9000] }).steps
  expect(byPort.apply.argv.join(' ')).toMatch(/--own pc2.lan --ports 9000 --probe mainpc.lan:9000$/)
})

test.each<[string, Cut, unknown]>([
  ['all of it', {}, true],
  ['nothing was dropped', { packets: { INPUT: 0, OUTPUT: 0 } }, false],
  ['no rules', { packets: {} }, false],
  ['one peer is open', { peers: ['silent', 'open'] }, false],
  ['an established flow flows', { flows: [true, false] }, false],
  ['nobody was tried', { peers: [] }, 'unknown'],
  ['no flow was open before', { flows: [] }, 'unknown'],
])('a partition needs rules that dropped packets, connections that fail and flows that stop: %s', (_, answer, word) => {
  const [{ effective, lasting }] = plan('partition', pc2).steps
  expect(lasting).toBeUndefined() // the same is asked while it is held
  for (const query of [effective]) expect(proves(query, cutAnswer({ packets: { INPUT: 0, OUTPUT: 3 }, ...answer }))).toBe(word)
})

test.each<[string, Cut, unknown]>([
  ['all of them', { flows: [false] }, true],
  ['not all of them', { peers: ['open', 'silent'] }, false],
  ['rules that stand', { packets: { OUTPUT: 3 } }, false],
  ['nobody was tried', { peers: [] }, 'unknown'],
  ['it was refused, and nothing ever cut', { peers: [], wasCut: false }, true],
])('it is gone without rules, by connections that work: %s', (_, answer, word) => {
  expect(proves(plan('partition', pc2).steps[0].gone, cutAnswer({ peers: ['open', 'open'], ...answer }))).toBe(word)
})

test('one way is proven by the rules of that way, and needs none of the other', () => {
  const of = (direction: string, packets: Cut['packets']) => {
    return proves(plan('partition', pc2, { direction }).steps[0].effective, cutAnswer(packets === undefined ? {} : { packets }))
  }
  expect(['in', 'out', 'both'].map((way) => [of(way, { INPUT: 3 }), of(way, { OUTPUT: 3 })])).toEqual([
    [true, false],
    [false, true],
    [false, false],
  ])
})

test('a flapping one is proven only by having been seen both ways', () => {
  const [{ effective, sustain }] = plan('partition', pc2, { flap: { down: '2s', up: '1s' } }).steps
  expect(sustain?.argv).toEqual(['tool', 'flap', '--lease', 'tag-1', '--down', '2000', '--up', '1000'])
  expect(effective.command.argv.slice(-2)).toEqual(['--watch', '3000'])
  const seen = (...peers: NonNullable<Cut['peers']>) => proves(effective, cutAnswer({ peers }))
  expect([seen('both'), seen('silent'), seen('both', 'open'), seen()]).toEqual([true, false, false, 'unknown'])
})

test('a link is proven part by part, each with its means', () => {
  const [{ effective, lasting, gone, sustain }] = plan('link', pc2, { loss: '5%', delay: '100ms' }).steps
  const part = (is: string, means: string) => ({ means, before: 1, during: 203, unit: 'ms', is })
  const answer = (more: object): Json => {
    const usual = { wasDegraded: true, rules: 4, qdisc: false, delay: part('shown', 'proxy'), loss: part('shown', 'statistic') }
    return { ...usual, rate: null, means: ['delay by proxy', 'loss by statistic'], ...more }
  }
  const absent = { rules: 0, delay: part('absent', 'proxy'), loss: part('absent', 'statistic') }
  expect(sustain?.argv[1]).toBe('delay-proxy')
  for (const query of [effective, lasting as Query]) {
    expect(proves(query, answer({}))).toBe(true)
    expect(proves(query, answer({ loss: null }))).toBe('unknown')
    expect(proves(query, answer({ rules: 0 }))).toBe(false)
    expect(proves(query, answer({ loss: part('unclear', 'statistic') }))).toBe(false)
  }
  expect(proves(gone, answer(absent))).toBe(true)
  expect(proves(gone, answer({ rules: 0 }))).toBe(false)
  expect(proves(gone, answer({ ...absent, qdisc: true }))).toBe(false)
  expect(proves(gone, answer({ ...absent, rules: 1 }))).toBe(false)
  expect(proves(gone, answer({ rules: 0, delay: null, loss: null }))).toBe('unknown')
  expect(proves(gone, answer({ rules: 0, delay: null, loss: null, wasDegraded: false }))).toBe(true)
})

test('a rate is proven by a flood once; while it is held its queue must stand, since a flood every second would be a second fault', () => {
  const [{ effective, lasting }] = plan('link', pc2, { rate: '1mbit' }).steps
  const answer = (qdisc: boolean, rate: object | null): Json => {
    return { wasDegraded: true, rules: 0, qdisc, delay: null, loss: null, rate: rate as Json, means: [] }
  }
  const shown = { means: 'tbf', before: 9e6, during: 1e6, unit: 'bit/s', is: 'shown' }
  expect(proves(effective, answer(true, shown))).toBe(true)
  expect(proves(effective, answer(true, { ...shown, is: 'absent' }))).toBe(false)
  expect(lasting?.command.argv).toContain('--without-flood')
  expect([true, false].map((qdisc) => proves(lasting as Query, answer(qdisc, null)))).toEqual([true, false])
})

test('a taken port is proven by who owns it and by what the agent said, and is over when the agent has it', () => {
  const made = plan('port-squat', farAgent)
  const [{ effective, gone, sustain }] = made.steps
  expect(made.silences).toEqual(['pc2/Far'])
  expect(sustain?.argv.slice(1)).toEqual([
    'squat',
    '--lease',
    'tag-1',
    '--proto',
    'tcp',
    '--ports',
    '8400',
    '--address',
    '0.0.0.0',
    '--start',
    'Far',
  ])
  const answer = (owners: readonly string[], said: string | null, wasTaken = true) => ({
    wasTaken,
    ports: { '8400': { count: owners.length, owners: owners.map((name) => ({ name })) } },
    refused: { Far: said },
  })
  const words = '{"reason":"EADDRINUSE"}'
  expect(proves(effective, answer(['ours'], words))).toBe(true)
  expect(proves(effective, answer(['ours'], null))).toBe(false)
  expect(proves(effective, answer(['Far'], words))).toBe(false)
  expect(proves(effective, answer(['other pid=7 nc'], words))).toBe(false)
  expect(proves(gone, answer(['Far'], words))).toBe(true)
  expect(proves(gone, answer([], words))).toBe(false)
  expect(proves(gone, answer([], null, false))).toBe(true) // refused: whoever has it keeps it
  const free = plan('port-squat', pc2, { port: 5555 }).steps[0]
  const there = (...owners: readonly string[]) => ({
    ...{ wasTaken: true, ports: { '5555': { count: owners.length, owners: owners.map((name) => ({ name })) } }, refused: {} },
  })
  expect([proves(free.effective, there('ours')), proves(free.effective, there())]).toEqual([true, false])
  expect([proves(free.gone, there('ours')), proves(free.gone, there())]).toEqual([false, true])
})

test('look-up is proven by its own answer and by packets, and gone by an address that is right', () => {
  const hosts = ['mainpc.lan', 'nats-mainpc', 'nats-pc2', 'vault']
  const answer = (rules: number, each: { readonly address?: string; readonly problem?: string }): Json => {
    const names = hosts.map((host) => [host, { address: null, problem: null, ...each }])
    return { rules, packets: 4 * rules, names: Object.fromEntries(names) }
  }
  const query = (mode: string) => plan('dns', pc2, { mode }).steps[0]
  const [right, wrong] = [{ address: '172.20.0.3' }, { address: '192.0.2.1' }]
  expect(proves(query('time-out').effective, answer(1, { problem: 'ETIMEOUT' }))).toBe(true)
  expect(proves(query('time-out').effective, answer(0, { problem: 'ETIMEOUT' }))).toBe(false)
  expect(proves(query('fail').effective, answer(1, { problem: 'ESERVFAIL' }))).toBe(true)
  expect(proves(query('fail').effective, { rules: 1, packets: 4, names: {} })).toBe('unknown')
  expect(proves(query('wrong').effective, answer(1, wrong))).toBe(true)
  expect(proves(query('wrong').effective, answer(1, right))).toBe(false)
  expect(proves(query('wrong').gone, answer(0, right))).toBe(true)
  expect(proves(query('wrong').gone, answer(0, wrong))).toBe(false)
  expect(proves(query('wrong').gone, answer(1, right))).toBe(false)
  expect(proves(query('fail').gone, answer(0, { problem: 'ESERVFAIL' }))).toBe(false)
})

test.each<[Kind, Targets, object, string]>([
  ['partition', farAgent, {}, 'its targets are agents'],
  ['partition', pc2, { peers: ['pc2.mgmt'] }, 'belongs to the management network or to the harness'],
  ['partition', pc2, { peers: ['observer'] }, 'belongs to the management network or to the harness'],
  ['partition', pc2, { peers: ['mainpcc'] }, 'nobody on the data network is called mainpcc (one of mainpc, pc2, nats-mainpc'],
  ['partition', pc2, { peers: ['pc2'] }, 'pc2 is cut off itself'],
  ['partition', pc2, { ports: [1234] }, 'none of the peers is known to listen on 1234'],
  [
    'partition',
    pc2,
    { flap: { down: '100ms', up: '1m' } },
    'params.flap.down: 100ms is too short or too long to be seen (500ms to 5s)\nparams.flap.up: 1m',
  ],
  ['link', farAgent, { loss: '5%' }, 'its targets are agents'],
  ['link', pc2, {}, 'nothing of the link is made worse'],
  ['link', pc2, { loss: '0.1%' }, 'params.loss: 0.1% is too little'],
  ['link', pc2, { loss: '100%' }, 'or a partition (0.5% to 90%)'],
  ['link', pc2, { delay: '3s' }, 'params.delay: 3s is out of range (20ms to 2s)'],
  ['link', pc2, { loss: '5%', jitter: '20ms' }, 'params.jitter: it varies a delay, and there is none'],
  [
    'link',
    pc2,
    { delay: '30ms', jitter: '20ms' },
    'params.jitter: 20ms is more than half of the delay, and could hide it (up to half of 30ms)',
  ],
  ['link', pc2, { rate: '1kbit' }, 'params.rate: 1kbit is out of range'],
  ['link', pc2, { rate: '1mbit', peers: ['mainpc'] }, 'cannot be given with peers (rate or peers)'],
  ['link', pc2, { loss: '5%', peers: ['mainpc.mgmt'] }, 'management network'],
  ['port-squat', pc2, {}, 'on machines it must be said which'],
  ['port-squat', pc2, { port: 7400 }, '7400 is the port of pc2/Far, which would not give it up'],
  ['port-squat', pc2, { port: 5555, of: 'port' }, 'machines have no port of their own'],
  ['port-squat', farAgent, { port: 5555 }, 'an agent has its own ports'],
  ['port-squat', farAgent, { proto: 'udp' }, 'agents need TCP'],
  ['dns', farAgent, {}, 'its targets are agents'],
])('%s refuses, before anything is done: %j %j', (kind, targets, params, why) => {
  expect(refusal(kind, targets, params)).toContain(why)
  expect(refusal(kind, targets, params)).toContain('usage/fault')
})

test.each<[Kind, object]>([
  ['link', { loss: 5 }],
  ['link', { loss: '5' }],
  ['link', { delay: 100 }],
  ['link', { delay: '100' }],
  ['link', { rate: '1000' }],
  ['partition', { direction: 'sideways' }],
  ['partition', { ports: [0] }],
  ['partition', { flap: { down: 1, up: '1s' } }],
  ['port-squat', { port: 80 }],
  ['port-squat', { address: '10.0.0.1' }],
  ['dns', { mode: 'slow' }],
])('%s: the schema refuses %j', (kind, params) => {
  expect(Value.Check(faults[kind].params, Value.Default(faults[kind].params, structuredClone(params)))).toBe(false)
})
