/**
 * `tool delay-proxy --lease L` stands between this machine and the peers of its lease while the kernel has no netem: new TCP
 * connections to their services, and theirs to ours, are led here by rules of the lease, and what this machine sends waits. Neither
 * side is told. Its own connections are known to the kernel by their group, and are not led here again.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { flags, one } from './flags.ts'
import { noted } from './lease-folder.ts'
import type { LinkNote, LinkWish } from './link-measure.ts'
import { insertRules, type Rule } from './rules.ts'
import { failed, type Io } from './verb.ts'

/** Nobody else's: a group that no process of a machine is in. */
const ownGroup = 61_730
/** Of what one connection may have waiting, before its sender is made to wait. */
const mostWaitingBytes = 4_000_000

export async function delayProxy(args: readonly string[], io: Io): Promise<number> {
  const lease = one(flags(args, ['lease']), 'lease')
  const link = noted(lease, 'link')
  if (link === undefined) {
    io.warn(`lease ${lease} has no link`)
    return failed
  }
  if (link.delayBy !== 'proxy') for (;;) await sleep(60_000) // the kernel does it
  process.setegid?.(ownGroup)
  await insertRules(lease, await listen(link), io)
  for (;;) await sleep(60_000)
}

/** @returns the rules that lead here, once everyone listens */
async function listen({ wish, device, services, inbound, peers }: LinkNote): Promise<readonly Rule[]> {
  const others = ['-m', 'owner', '!', '--gid-owner', String(ownGroup)]
  const outwards = services.map(async ({ address, port }): Promise<Rule> => {
    const at = await serve((from) => relay(from, address, port, 'asks', wish))
    const match = ['-o', device, '-d', address, '-p', 'tcp', '--dport', String(port), ...others]
    return { table: 'nat', chain: 'OUTPUT', words: [...match, '-j', 'REDIRECT', '--to-ports', String(at)] }
  })
  const whose = peers.length > 0 ? peers.map((address) => ['-s', address]) : [[]]
  const inwards = inbound.map(async (port): Promise<readonly Rule[]> => {
    const at = await serve((from) => relay(from, '127.0.0.1', port, 'answers', wish))
    const lead = ['-p', 'tcp', '--dport', String(port), '-j', 'REDIRECT', '--to-ports', String(at)]
    return whose.map((source) => ({ table: 'nat', chain: 'PREROUTING', words: ['-i', device, ...source, ...lead] }))
  })
  return (await Promise.all([Promise.all(outwards), ...inwards])).flat()
}

async function serve(take: (from: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, take)
  server.listen(0)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** @param sends which direction leaves this machine: the questions of its own connections, the answers of others' */
function relay(from: Socket, address: string, port: number, sends: 'asks' | 'answers', wish: LinkWish): void {
  from.on('error', () => to?.destroy())
  from.pause()
  let to: Socket | undefined
  const timer = setTimeout(() => {
    const other = connect({ host: address, port, allowHalfOpen: true })
    to = other
    other.on('error', () => from.resetAndDestroy())
    other.once('connect', () => {
      pass(from, other, sends === 'asks' ? wish : {})
      pass(other, from, sends === 'answers' ? wish : {})
    })
    other.on('close', () => from.destroySoon())
  }, waitOf(wish)) // the first packet of a connection, or the answer to it, waits as well
  from.on('close', () => {
    clearTimeout(timer)
    to?.destroySoon()
  })
}

/** In order, each piece as late as it was asked for after it came. */
function pass(from: Socket, to: Socket, wish: LinkWish): void {
  if (wish.delayMs === undefined) {
    from.pipe(to)
    return
  }
  let lastMs = 0
  let waiting = 0
  const later = (deed: () => void) => {
    lastMs = Math.max(lastMs, performance.now() + waitOf(wish))
    setTimeout(deed, lastMs - performance.now())
  }
  from.on('data', (chunk: Buffer) => {
    waiting += chunk.length
    if (waiting > mostWaitingBytes) from.pause()
    later(() => {
      waiting -= chunk.length
      if (!to.destroyed) to.write(chunk)
      if (waiting <= mostWaitingBytes) from.resume()
    })
  })
  from.on('end', () => later(() => to.end()))
  from.resume()
}

function waitOf({ delayMs = 0, jitterMs = 0 }: LinkWish): number {
  return Math.max(0, delayMs + (2 * Math.random() - 1) * jitterMs)
}
