/**
 * What is ours in a machine's namespaces: guards and leases that are not over, files that carry a lease's name wherever a fault may
 * have put them, and processes that stand in the tool container and belong to no guard.
 */
import { type Dirent, existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { targetRoot } from './cat.ts'
import { leaseIds, noted, readServer, serverFile, stateOf, toolHome } from './lease-folder.ts'
import { isGuarded } from './leases.ts'
import { type Process, pids, processOf } from './proc.ts'

/** A command of the moment is gone by then. */
const patienceMs = 2_500
const lookAgainMs = 100
/** In the machine, and in the tool container itself. */
const places = ['tmp', 'var/tmp', 'dev/shm', 'run', 'etc/fleet', 'srv/fleet', 'var/log/fleet', 'var/lib/fleet']
/** A flood of files is somebody's, and need not be read to its end. */
const mostEntries = 50_000

/** Files of the tool's own home, except its records of leases that are over: those stay for whoever asks. */
export function ownLines(): string[] {
  const ids = leaseIds()
  const files = existsSync(toolHome()) ? readdirSync(toolHome(), { recursive: true, encoding: 'utf8' }) : []
  return [
    ...ids.filter(isGuarded).map((lease) => `guard ${lease}`),
    ...ids.filter((lease) => stateOf(lease) !== 'released').map((lease) => `lease ${lease} ${stateOf(lease)}`),
    ...files
      .filter((file) => file !== 'leases' && !file.startsWith('leases/'))
      .map((file) => join(toolHome(), file))
      .filter((path) => path !== serverFile())
      .map((path) => `file ${path}`),
    ...roots().flatMap((root) => places.flatMap((place) => tagged(join(root, place), ids))),
  ]
}

/** Beside a message server this container joined no process namespace: the first process is its own, and both are one. */
function roots(): readonly string[] {
  const [own, target] = ['/', targetRoot].map((root) => statSync(root))
  return own?.ino === target?.ino && own?.dev === target?.dev ? ['/'] : ['/', targetRoot]
}

/** Every file below whose name carries a lease's; what cannot be read, or ends while we look, holds nothing of ours. */
function tagged(folder: string, ids: readonly string[]): string[] {
  const found: string[] = []
  const queue = [folder]
  for (let seen = 0, next = queue.pop(); next !== undefined && seen < mostEntries; next = queue.pop()) {
    for (const entry of entriesOf(next)) {
      seen += 1
      const path = join(next, entry.name)
      if (path === toolHome()) continue
      if (ids.some((id) => entry.name.includes(id))) found.push(`file ${path}`)
      if (entry.isDirectory()) queue.push(path)
    }
  }
  return found
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Those that are still there after a while. */
export async function ownProcesses(): Promise<string[]> {
  let left = strays()
  for (const endMs = performance.now() + patienceMs; left.length > 0 && performance.now() < endMs; ) {
    await sleep(lookAgainMs)
    const now = strays()
    left = left.filter(({ pid, start }) => now.some((other) => other.pid === pid && other.start === start))
  }
  return left.map(({ pid, comm }) => `process ours ${commandOf(pid) ?? comm}`)
}

/** In this container's file system and nobody's: not its own first ones, not a live guard's, not its server, not whoever asked for this. */
function strays(): Process[] {
  const home = mountsOf('self')
  const guards = leaseIds().flatMap((lease) => (isGuarded(lease) ? (noted(lease, 'guard')?.pid ?? []) : []))
  const known = new Set([...relatives(), readServer()?.pid])
  return pids().flatMap((pid) => {
    const found = processOf(pid)
    if (found === undefined || found.state === 'Z' || known.has(pid) || guards.includes(found.group) || mountsOf(pid) !== home) return []
    return /^(\/sbin\/docker-init|\/dev\/init|sleep infinity)/.test(commandOf(pid) ?? '') ? [] : [found]
  })
}

/** This process, whoever called it, and whom it calls. */
function relatives(): ReadonlySet<number> {
  const parents = new Map(pids().map((pid) => [pid, parentOf(pid)]))
  const known = new Set<number>()
  for (let pid: number | undefined = process.pid; pid && pid > 1; pid = parents.get(pid)) known.add(pid)
  for (const [pid] of parents)
    for (let up: number | undefined = pid; up && up > 1; up = parents.get(up)) if (up === process.pid) known.add(pid)
  return known
}

function parentOf(pid: number): number | undefined {
  const [, parent] = textOf(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ') ?? []
  return parent === undefined ? undefined : Number(parent)
}

function commandOf(pid: number): string | undefined {
  return textOf(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim()
}

function mountsOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`)
  } catch {
    return undefined // it ended while we looked
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
