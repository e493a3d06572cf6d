/**
 * `tool cut` takes peers of the data network away from this namespace, with rules in front of all others; `tool cut-state` prints how
 * often the kernel used them, and whom a new connection reaches. Nothing is cut where nothing worked: there would be nothing to see.
 *
 *     tool cut --lease L --own pc2.lan --direction both --probe mainpc.lan:7200… [--except HOST] [--peers HOST…] [--ports N…]
 *
 *     rule OUTPUT packets=3 -d 172.20.0.3/32 …
 *     peer mainpc.lan silent
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { flags, one, some } from './flags.ts'
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

/** With `--watch MS` it looks again and again for so long, and prints how often a peer was reached and how often not. */
export async function cutState(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'watch'])
  const lease = one(found, 'lease')
  const open = noted(lease, 'cut')?.open ?? []
  const endMs = performance.now() + Number(found.watch?.[0] ?? 0)
  const seen = new Map(hostsOf(open).map((host) => [host, { open: 0, silent: 0 }]))
  for (let again = true; again; ) {
    for (const [host, isOpen] of await look(open)) {
      const counts = seen.get(host) as { open: number; silent: number }
      counts[isOpen ? 'open' : 'silent'] += 1
    }
    again = performance.now() < endMs
    if (again) await sleep(betweenLooksMs)
  }
  for (const rule of (await listRules(io)).filter((each) => isOf(lease, each)))
    io.print(`rule ${rule.chain} packets=${rule.packets} ${rule.text}`)
  for (const [host, counts] of seen)
    io.print(
      found.watch === undefined
        ? `peer ${host} ${counts.open > 0 ? 'open' : 'silent'}`
        : `peer ${host} open=${counts.open} silent=${counts.silent}`,
    )
  if (seen.size === 0) io.print('peer none: nothing was cut')
  return done
}

/** Whether each host is reached at any of its services. */
async function look(probes: readonly Endpoint[]): Promise<ReadonlyMap<string, boolean>> {
  const tried = await Promise.all(probes.map(async (probe) => ({ host: probe.host, isOpen: (await reach(probe)) === 'open' })))
  return new Map(hostsOf(probes).map((host) => [host, tried.some((each) => each.host === host && each.isOpen)]))
}

function hostsOf(probes: readonly Endpoint[]): readonly string[] {
  return [...new Set(probes.map(({ host }) => host))]
}
