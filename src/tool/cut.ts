/**
 * `tool cut` takes peers of the data network away from this namespace, with rules in front of all others; `tool cut-state` says how
 * often the kernel used them, whom a new connection reaches, and whether flows from before still flow. Nothing is cut where nothing worked: there would be nothing to see.
 *
 *     tool cut --lease L --own pc2.lan --direction both --probe mainpc.lan:7200… [--except HOST] [--peers HOST…] [--ports N…]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Static } from 'typebox'
import type { cutState as cuts } from '../answers/network.ts'
import { flags, one, some } from './flags.ts'
import { flowStates, openFlows } from './flows.ts'
import { addressOf, deviceOf, type Endpoint, endpoints, reach } from './lan.ts'
import { note, noted } from './lease-folder.ts'
import { insertRules, isOf, listRules, type Rule, removeRules } from './rules.ts'
import { done, type Io, refuse } from './verb.ts'

export type Direction = 'both' | 'in' | 'out'

/** What `cutRules` needs to know of this namespace. */
interface Scope {
  readonly device: string
  readonly direction: Direction
  /** Addresses that are cut off; none means everyone on the device. */
  readonly peers: readonly string[]
  /** Who stays, where everyone else goes: a machine's own message server. */
  readonly except?: string
  /** Ports of the peers; none means all of them. */
  readonly ports: readonly string[]
}

export function cutRules({ device, direction, peers, except, ports }: Scope): readonly Rule[] {
  const sides = [
    { chain: 'INPUT', way: '-i', peer: '-s', port: '--sports', wanted: direction !== 'out' },
    { chain: 'OUTPUT', way: '-o', peer: '-d', port: '--dports', wanted: direction !== 'in' },
  ] as const
  return sides
    .filter(({ wanted }) => wanted)
    .flatMap(({ chain, way, peer, port }) => {
      const whom = peers.length > 0 ? peers.map((address) => [peer, address]) : [except === undefined ? [] : ['!', peer, except]]
      const what = ports.length > 0 ? ['tcp', 'udp'].map((proto) => ['-p', proto, '-m', 'multiport', port, ports.join(',')]) : [[]]
      return whom.flatMap((address) =>
        what.map((match): Rule => ({ table: 'filter', chain, words: [way, device, ...address, ...match, '-j', 'DROP'] })),
      )
    })
}

export async function cut(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'own', 'direction', 'except', 'peers', 'ports', 'probe'])
  const lease = one(found, 'lease')
  const [own, except, peers, probes] = await Promise.all([
    addressOf(one(found, 'own')),
    found.except === undefined ? undefined : addressOf(one(found, 'except')),
    Promise.all((found.peers ?? []).map(addressOf)),
    endpoints(some(found, 'probe')),
  ])
  const tried = await Promise.all(probes.map(async (probe) => ({ probe, outcome: await reach(probe) })))
  const open = tried.filter(({ outcome }) => outcome === 'open').map(({ probe }) => probe)
  const unreached = hostsOf(probes).filter((host) => !open.some((probe) => probe.host === host))
  if (unreached.length > 0) {
    const how = tried.filter(({ probe }) => unreached.includes(probe.host)).map(({ probe, outcome }) => `${probe.name} ${outcome}`)
    return refuse(io, `nothing is cut, since this is not reached even now: ${how.join(', ')}`)
  }
  const direction = one(found, 'direction') as Direction
  const rules = cutRules({ device: deviceOf(own), direction, peers, ports: found.ports ?? [], ...(except === undefined ? {} : { except }) })
  note(lease, 'cut', { rules, open })
  io.memory.flows.set(lease, await openFlows(open))
  await insertRules(lease, rules, io)
  return done
}

/** `tool flap --lease L --down MS --up MS` takes the cut of this lease away and makes it again, on a schedule, until it is killed. */
export async function flap(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'down', 'up'])
  const lease = one(found, 'lease')
  const lengths = [Number(one(found, 'down')), Number(one(found, 'up'))] as const
  const rules = noted(lease, 'cut')?.rules ?? []
  let nextMs = performance.now()
  for (let turn = 0; ; turn += 1) {
    nextMs += lengths[turn % 2] as number
    await sleep(Math.max(0, nextMs - performance.now()))
    if (turn % 2 === 0) await removeRules(lease, io)
    else await insertRules(lease, rules, io)
  }
}

const betweenLooksMs = 50
/** A neighbour answers in a millisecond, and a dropped packet is counted at once. */
const countedMs = 10

type State = Static<typeof cuts.answer>
type Peer = State['peers'][number]

/** With `--watch MS` it looks again and again for so long; with `--patience MS` it waits so long for each new connection. */
export async function cutState(args: readonly string[], io: Io): Promise<State> {
  const found = flags(args, ['lease', 'watch', 'patience'])
  const lease = one(found, 'lease')
  const note = noted(lease, 'cut')
  const open = note?.open ?? []
  const flows = io.memory.flows.get(lease)
  flows?.all.find((flow, place) => flow.writtenBytes === 0 || place === flows.all.length - 1)?.write()
  const [listed, peers] = await Promise.all([
    sleep(countedMs).then(() => listRules(io)),
    watch(open, Number(found.watch?.[0] ?? 0), found.patience && Number(one(found, 'patience'))),
  ])
  const own = listed.filter((rule) => isOf(lease, rule))
  const of = (chain: string) => {
    const rules = own.filter((rule) => rule.chain === chain)
    return { count: rules.length, packets: rules.reduce((sum, { packets }) => sum + packets, 0) }
  }
  const rules = { INPUT: of('INPUT'), OUTPUT: of('OUTPUT') }
  return {
    wasCut: note !== undefined,
    rules,
    dropped: rules.INPUT.packets + rules.OUTPUT.packets,
    peers,
    flows: flowStates(flows),
  }
}

async function watch(open: readonly Endpoint[], forMs: number, patienceMs?: number): Promise<Peer[]> {
  const seen = new Map(hostsOf(open).map((host) => [host, { host, open: 0, silent: 0 }]))
  for (const endMs = performance.now() + forMs; ; await sleep(betweenLooksMs)) {
    for (const [host, isOpen] of await look(open, patienceMs)) {
      const counts = seen.get(host) as { open: number; silent: number }
      counts[isOpen ? 'open' : 'silent'] += 1
    }
    if (performance.now() >= endMs) return [...seen.values()]
  }
}

/** Whether each host is reached at any of its services. */
async function look(probes: readonly Endpoint[], patienceMs?: number): Promise<ReadonlyMap<string, boolean>> {
  const tried = await Promise.all(probes.map(async (probe) => ({ host: probe.host, isOpen: (await reach(probe, patienceMs)) === 'open' })))
  return new Map(hostsOf(probes).map((host) => [host, tried.some((each) => each.host === host && each.isOpen)]))
}

function hostsOf(probes: readonly Endpoint[]): readonly string[] {
  return [...new Set(probes.map(({ host }) => host))]
}
