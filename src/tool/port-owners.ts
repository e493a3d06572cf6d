/** Whose process listens on a port, from the kernel's tables: the socket's inode, and who has it open. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { pids, processOf, supervisedName } from './proc.ts'

export type Proto = 'tcp' | 'udp'

export interface Owner {
  readonly pid: number
  readonly comm: string
  /** Under which supervisord runs it. */
  readonly name?: string
}

const listening = '0A'
const unconnected = '07'

/** Inodes of listeners by port, of one of /proc/net/{tcp,tcp6,udp,udp6}. */
export function listenersOf(proto: Proto, text: string): ReadonlyMap<number, readonly string[]> {
  const lines = text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    const [, local = '', , state] = fields
    const inode = fields[9]
    if (inode === undefined || state !== (proto === 'tcp' ? listening : unconnected)) return []
    return [{ port: Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16), inode }]
  })
  return new Map([...Map.groupBy(lines, ({ port }) => port)].map(([port, list]) => [port, list.map(({ inode }) => inode)]))
}

/** Of each of these ports, who listens there on any address. */
export function ownersOf(proto: Proto, ports: readonly number[]): ReadonlyMap<number, readonly Owner[]> {
  const tables = [proto, `${proto}6`].map((table) => listenersOf(proto, readFileSync(`/proc/self/net/${table}`, 'utf8')))
  const inodes = new Map(ports.map((port) => [port, new Set(tables.flatMap((table) => table.get(port) ?? []))]))
  const holders = holdersOf(new Set([...inodes.values()].flatMap((set) => [...set])))
  return new Map([...inodes].map(([port, set]) => [port, [...set].flatMap((inode) => holders.get(inode) ?? [])]))
}

function holdersOf(inodes: ReadonlySet<string>): ReadonlyMap<string, readonly Owner[]> {
  const found = new Map<string, Owner[]>([...inodes].map((inode) => [inode, []]))
  if (inodes.size === 0) return found
  for (const pid of pids())
    for (const inode of socketsOf(pid)) {
      const name = supervisedName(pid)
      found.get(inode)?.push({ pid, comm: processOf(pid)?.comm ?? '?', ...(name === undefined ? {} : { name }) })
    }
  // A socket that nobody of this namespace has open is somebody's all the same.
  for (const list of found.values()) if (list.length === 0) list.push({ pid: 0, comm: 'unseen' })
  return found

  function socketsOf(pid: number): Set<string> {
    try {
      const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
        try {
          return readlinkSync(`/proc/${pid}/fd/${fd}`)
        } catch {
          return '' // closed while we looked
        }
      })
      return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []).filter((inode) => inodes.has(inode)))
    } catch {
      return new Set() // it ended while we looked
    }
  }
}
