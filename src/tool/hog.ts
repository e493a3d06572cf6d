/**
 * A container of the hand's own that takes processor time or memory from a machine, within that machine's own cgroup: what it takes,
 * the machine's agents must do without, and the rest of the host feels as much of it as the machine was entitled to. It runs the
 * tool's own `burn` or `hoard`, ends by itself a little after the lease, and is the first that the kernel kills for memory.
 *
 *     tool hog burn --lease ID --machine M --cores N --load L
 *     tool hog hoard --lease ID --machine M --bytes N --ramp-ms R --limit B
 *     tool hog end --lease ID --machine M
 *     tool hog-state --lease ID --machine M       reads both cgroups, by the engine
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Static } from 'typebox'
import type { hog as hogs } from '../answers/containers.ts'
import { ask, type Container, containersOfRun, inspect, serviceIn } from './engine-client.ts'
import { type Flags, flags, one } from './flags.ts'
import { note, noted, type Usage } from './lease-folder.ts'
import { done, type Io, misused, Refusal } from './verb.ts'

/** Beside what it hoards. */
const ownBytes = 96 * 2 ** 20
/** Of the host's memory, left to everyone else. */
const reserveBytes = 512 * 2 ** 20
/** Longer than the lease, so that nobody need ask whether it was the undo or its own end that was seen. */
const graceMs = 10_000
/** Between two looks at least; the first of a lease is remembered, so that a later one tells of the whole time as well as of now. */
const lookMs = 600

export async function hog([deed = '', ...args]: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'machine', 'cores', 'load', 'bytes', 'ramp-ms', 'limit'])
  if (deed === 'burn') return begin(found, burnOf(found), io)
  if (deed === 'hoard') return begin(found, hoardOf(found), io)
  if (deed === 'end') return end(found, io)
  io.warn(`a hog can burn, hoard, or end; not ${JSON.stringify(deed)}`)
  return misused
}

interface Appetite {
  readonly words: readonly string[]
  readonly limits: { readonly Memory: number; readonly CpuShares?: number }
  /** What `state` compares with. */
  readonly labels: Readonly<Record<string, string>>
}

/** Each busy loop weighs as much as one process of the machine would. */
function burnOf(found: Flags): Appetite {
  const [cores, load] = [one(found, 'cores'), one(found, 'load')]
  return {
    words: ['burn', '--cores', cores, '--load', load],
    limits: { Memory: ownBytes, CpuShares: 1024 * Number(cores) },
    labels: { 'gauntlet.cores': String(Number(cores) * Number(load)) },
  }
}

/** @throws Error when the host has not that much to give */
function hoardOf(found: Flags): Appetite {
  const [bytes, limit] = [one(found, 'bytes'), Number(one(found, 'limit'))]
  const freeBytes = 1024 * Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0)
  const room = freeBytes - reserveBytes - ownBytes
  if (limit > room) throw new Refusal(`${mb(limit)} MB are asked for, and no more than ${mb(Math.max(0, room))} MB can be spared here`)
  return {
    words: ['hoard', '--bytes', bytes, '--ramp-ms', one(found, 'ramp-ms')],
    limits: { Memory: limit + ownBytes },
    labels: { 'gauntlet.bytes': bytes },
  }
}

async function begin(found: Flags, { words, limits, labels }: Appetite, io: Io): Promise<number> {
  const [lease, machine] = [one(found, 'lease'), one(found, 'machine')]
  const forMs = (noted(lease, 'request')?.ttlMs ?? 0) + graceMs
  await mustNest()
  const all = await containersOfRun()
  const self = await inspect(serviceIn(all, 'hand').id)
  const { id } = serviceIn(all, machine)
  const host = await inspect(id)
  const own = Object.entries(serviceIn(all, 'hand').labels).filter(([name]) => name.startsWith('gauntlet.'))
  const { Id } = await ask<{ Id: string }>('POST', '/containers/create', {
    Image: self.Image,
    Cmd: ['tool', ...words, '--for-ms', String(forMs)],
    Labels: { ...Object.fromEntries(own), ...labels, 'gauntlet.role': 'hog', 'gauntlet.machine': machine, 'gauntlet.lease': lease },
    HostConfig: {
      ...limits,
      MemorySwap: limits.Memory,
      CgroupParent: `${host.HostConfig.CgroupParent || '/docker'}/${id}`,
      OomScoreAdj: 1000,
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      PidsLimit: 256,
      Init: true,
    },
  })
  await ask('POST', `/containers/${Id}/start`)
  io.print(`hog in ${machine} began`)
  return done
}

/** @throws Error where a container's cgroup cannot hold another's, with what was seen */
async function mustNest(): Promise<void> {
  const { CgroupDriver, CgroupVersion } = await ask<{ CgroupDriver: string; CgroupVersion?: string }>('GET', '/info')
  if (CgroupDriver === 'cgroupfs' && CgroupVersion !== '2') return
  throw new Refusal(`a hog cannot be put into its machine's cgroup: the engine has ${CgroupDriver}, version ${CgroupVersion}`)
}

async function end(found: Flags, io: Io): Promise<number> {
  const mine = await hogOf(found, await containersOfRun())
  if (mine === undefined) return done
  await ask('DELETE', `/containers/${mine.id}?force=1`)
  io.print(`hog in ${one(found, 'machine')} ended`)
  return done
}

type State = Static<typeof hogs.answer>
const untaken = { isFelt: null, took: null, wanted: null, ofMachine: null, unit: null } as const

export async function hogState(args: readonly string[]): Promise<State> {
  const found = flags(args, ['lease', 'machine'])
  const machine = one(found, 'machine')
  const all = await containersOfRun()
  const mine = await hogOf(found, all)
  if (mine === undefined) return { state: 'none', ...untaken }
  if (mine.state === 'running')
    return { state: 'running', ...(await taking(one(found, 'lease'), machine, mine, serviceIn(all, machine).id)) }
  const { OOMKilled, Status } = (await inspect(mine.id)).State
  return { state: OOMKilled ? 'killed' : Status, ...untaken }
}

/**
 * Shares of what it should take. On a host that others keep busy a machine gets little: then it is enough that the hog has most of
 * what its machine got.
 */
const enough = { cores: 0.25, least: 0.05, ofMachine: 0.5, bytes: 0.98, within: 0.8 } as const

async function taking(lease: string, machine: string, { id, labels }: Container, machineId: string): Promise<Omit<State, 'state'>> {
  const look = (): Promise<[Usage, Usage]> => Promise.all([usageOf(id), usageOf(machineId)])
  const now = await look()
  const first = noted(lease, 'usage')?.[machine] ?? now
  note(lease, 'usage', { ...noted(lease, 'usage'), [machine]: first })
  await sleep(Math.max(0, now[0].atMs + lookMs - Date.now()))
  const after = await look()
  if (labels['gauntlet.cores'] !== undefined) {
    const wanted = Number(labels['gauntlet.cores'])
    const { own, whole, isEnough } = worse(first, now, after, wanted)
    return { isFelt: isEnough, took: rounded(own), wanted, ofMachine: rounded(whole), unit: 'cores' }
  }
  const wanted = Number(labels['gauntlet.bytes'])
  const [own, whole] = [after[0].bytes, after[1].bytes]
  const bites = own >= enough.bytes * wanted && whole >= own
  return { isFelt: bites, took: mb(own), wanted: mb(wanted), ofMachine: mb(whole), unit: 'MB' }
}

type Usages = readonly [Usage, Usage]

interface Burning {
  /** Cores, of the hog and of its machine. */
  readonly own: number
  readonly whole: number
  readonly isEnough: boolean
}

/** Between two readings. */
export function burning(before: Usages, after: Usages, wanted: number): Burning {
  const cores = (place: 0 | 1) => (after[place].cpuNs - before[place].cpuNs) / 1e6 / Math.max(1, after[place].atMs - before[place].atMs)
  const [own, whole] = [cores(0), cores(1)]
  const isMuch = own >= enough.cores * wanted || (own >= enough.least * wanted && own >= enough.ofMachine * whole)
  return { own, whole, isEnough: isMuch && whole >= enough.within * own }
}

/** Of the whole time and of now: what ended halfway still shows in the mean of the whole time. */
export function worse(first: Usages, now: Usages, after: Usages, wanted: number): Burning {
  const [whole, recent] = [burning(first, after, wanted), burning(now, after, wanted)]
  return recent.own < whole.own ? recent : whole
}

async function usageOf(id: string): Promise<Usage> {
  const stats = await ask<{ read: string; cpu_stats: { cpu_usage: { total_usage: number } }; memory_stats: { usage?: number } }>(
    'GET',
    `/containers/${id}/stats?stream=false&one-shot=true`,
  )
  return { cpuNs: stats.cpu_stats.cpu_usage.total_usage, bytes: stats.memory_stats.usage ?? 0, atMs: Date.parse(stats.read) }
}

async function hogOf(found: Flags, all: readonly Container[]): Promise<Container | undefined> {
  const [lease, machine] = [one(found, 'lease'), one(found, 'machine')]
  return all.find(
    ({ labels }) => labels['gauntlet.role'] === 'hog' && labels['gauntlet.lease'] === lease && labels['gauntlet.machine'] === machine,
  )
}

function mb(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}

function rounded(cores: number): number {
  return Math.round(cores * 100) / 100
}
