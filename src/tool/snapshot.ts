/**
 * `tool snapshot` prints what stands in the machine's namespaces that a fault could leave behind, as sorted lines `kind detail`.
 * No line holds what changes by itself: process ids, packet counters, sockets of the moment.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ownLines, ownProcesses } from './ours.ts'
import { type Process, pids, processOf, supervisedName } from './proc.ts'
import { done, type Io } from './verb.ts'

/** A process that has ended is a zombie until its parent looks: supervisord, which adopts a guard, looks once a second. */
const zombiePatienceMs = 2_500
const lookAgainMs = 100

export async function snapshot(_args: readonly string[], io: Io): Promise<number> {
  const [rules, rules6, qdiscs, odd, strays] = await Promise.all([
    io.run({ argv: ['iptables-save'] }),
    io.run({ argv: ['ip6tables-save'] }),
    io.run({ argv: ['tc', 'qdisc', 'show'] }),
    oddProcesses(),
    ownProcesses(),
  ])
  const lines = [
    ...parseRules('iptables', rules.stdout),
    ...parseRules('ip6tables', rules6.stdout),
    ...qdiscs.stdout.split('\n').map((line) => line.trim() && `qdisc ${line.trim()}`),
    ...parseMounts(readFileSync('/proc/1/mountinfo', 'utf8')),
    ...['tcp', 'tcp6'].flatMap((kind) => parseSockets(kind, readFileSync(`/proc/1/net/${kind}`, 'utf8'))),
    ...['udp', 'udp6'].flatMap((kind) => parseSockets(kind, readFileSync(`/proc/1/net/${kind}`, 'utf8'))),
    ...odd,
    ...strays,
    ...ownLines(),
  ].filter((line) => line !== '')
  for (const failure of [rules, rules6, qdiscs].filter(({ exitCode }) => exitCode !== 0)) io.warn(failure.stderr)
  for (const line of lines.sort()) io.print(line)
  return rules.exitCode || rules6.exitCode || qdiscs.exitCode || done
}

/**
 * Rules, policies and chains by table, without comments and counters. A chain of the kernel's own that lets everything pass is left
 * out: it appears with the first rule of its table, and stays when that one goes.
 */
export function parseRules(kind: string, text: string): string[] {
  let table = ''
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('*')) table = line.slice(1)
    return /^[-:]/.test(line) && !/^:[A-Z]+ ACCEPT/.test(line)
      ? [`${kind} ${table} ${lastingPart(line.replace(/ ?\[\d+:\d+\]/, '').trim())}`]
      : []
  })
}

/** The engine's name server listens at ports of the moment, others whenever its container is started again. */
function lastingPart(rule: string): string {
  if (!rule.includes('127.0.0.11')) return rule
  return rule.replace(/127\.0\.0\.11:\d+/, '127.0.0.11:any').replace(/--sport \d+/, '--sport any')
}

const engineNameServer = '0B00007F'

/** What is mounted where, and how: fields 4 to 6 and those behind the dash of mountinfo(5). */
export function parseMounts(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [front = '', back = ''] = line.split(' - ')
    const [, , , root, point, options] = front.split(' ')
    return point === undefined ? [] : [`mount ${point} ${back.split(' ').slice(0, 2).join(' ')} ${root} ${options}`]
  })
}

const listening = '0A'
const unconnected = '07'
/** Where the kernel takes ports from for whoever does not care; a UDP socket there belongs to a question of the moment. */
const firstEphemeralPort = 32_768

/** Listeners of /proc/net/tcp and udp; addresses stay as the kernel writes them, ports are decimal. */
export function parseSockets(kind: string, text: string): string[] {
  const lines = text.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/)
    const [address, hexPort = ''] = local.split(':')
    const port = Number.parseInt(hexPort, 16)
    const open = kind.startsWith('tcp') ? state === listening : state === unconnected && port < firstEphemeralPort
    return open ? [`listen ${kind} ${address}:${address === engineNameServer && port >= firstEphemeralPort ? 'any' : port}`] : []
  })
  return [...new Set(lines)]
}

/** Stopped processes, and zombies that nobody collects. */
async function oddProcesses(): Promise<string[]> {
  const first = odd()
  let left = first
  const endMs = performance.now() + zombiePatienceMs
  while (left.some(({ state }) => state === 'Z') && performance.now() < endMs) {
    await sleep(lookAgainMs)
    left = odd().filter(({ pid, start }) => first.some((seen) => seen.pid === pid && seen.start === start))
  }
  return left.map(({ pid, comm, state }) => `process ${state === 'Z' ? 'zombie' : 'stopped'} ${supervisedName(pid) ?? comm}`)
}

function odd(): Process[] {
  return pids()
    .map(processOf)
    .filter((process): process is Process => process !== undefined && ['T', 'Z'].includes(process.state))
}
