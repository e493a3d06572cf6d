/**
 * What a link does, measured from this end of it, the same way before and during: how long a question and its answer take, how many
 * of our datagrams the kernel drops, how much leaves the device in a moment. Bounded in time and bytes.
 */
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Endpoint } from './lan.ts'
import type { OwnQdisc } from './qdisc.ts'
import { isOf, listRules } from './rules.ts'
import type { Io } from './verb.ts'

export interface LinkWish {
  /** 0 to 1, of what this machine sends. */
  readonly loss?: number
  readonly delayMs?: number
  readonly jitterMs?: number
  /** Bits a second. */
  readonly rate?: number
}

export interface LinkNote {
  readonly wish: LinkWish
  readonly device: string
  /** Who answers questions, and to whom datagrams go. */
  readonly witness: Endpoint
  /** How the delay is made. */
  readonly delayBy?: 'netem' | 'proxy'
  readonly qdisc?: OwnQdisc
  /** Services whose connections go through the proxy. */
  readonly services: readonly Endpoint[]
  /** Ports of this machine whose answers go through it, to these peers; none means to everyone. */
  readonly inbound: readonly number[]
  readonly peers: readonly string[]
  readonly before: { readonly answerMs: number; readonly bitsPerS: number }
}

const asks = 5
const answerWithinMs = 8_000

/**
 * The fastest of several fresh connections at once, from its first packet to the first byte of the answer: a busy machine makes some of
 * them slower, and a link that loses keeps some waiting for seconds; none becomes faster. The others are not waited for.
 * @returns undefined when none is answered in time
 */
export function answerMs({ host, address, port }: Endpoint, withinMs = answerWithinMs): Promise<number | undefined> {
  return new Promise((resolve) => {
    const fromMs = performance.now()
    const sockets = Array.from({ length: asks }, () => connect({ host: address, port }))
    let open = asks
    const end = (ms?: number) => {
      clearTimeout(timer)
      for (const socket of sockets) socket.destroy()
      resolve(ms)
    }
    const timer = setTimeout(() => end(), withinMs)
    for (const socket of sockets) {
      socket.once('connect', () => socket.write(`GET /health HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`))
      socket.once('data', () => end(performance.now() - fromMs))
      socket.once('error', () => {}) // it closes, too
      socket.once('close', () => {
        open -= 1
        if (open === 0) end()
      })
    }
  })
}

/** Discarded by everyone. */
const discardPort = 9
const datagrams = 1_000

/** Sends small datagrams, which the rules of a loss count. */
export async function sendDatagrams(witness: Endpoint): Promise<void> {
  const socket = createSocket('udp4')
  socket.on('error', () => {}) // nobody listens there, and says so
  for (let sent = 0; sent < datagrams; sent += 1) {
    socket.send('?', discardPort, witness.address)
    if (sent % 100 === 99) await sleep(1)
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()))
}

/** Of all that this lease's rules of a loss saw so far, how much they dropped, by the kernel's counters. */
export async function countLoss(lease: string, io: Io): Promise<{ readonly seen: number; readonly dropped: number }> {
  const own = (await listRules(io)).filter((rule) => rule.table === 'filter' && isOf(lease, rule))
  const sum = (wanted: boolean) =>
    own.filter(({ text }) => text.includes('-j DROP') === wanted).reduce((total, { packets }) => total + packets, 0)
  return { seen: sum(false), dropped: sum(true) }
}

const burstMs = 300
const payloadBytes = 1_200

/**
 * How much of a flood of ours leaves the device, by the kernel's own count.
 * @param wishedBitsPerS how fast the flood is, so that it is felt and no more
 */
export async function floodBitsPerS({ device, witness }: Pick<LinkNote, 'device' | 'witness'>, wishedBitsPerS: number): Promise<number> {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  const payload = Buffer.alloc(payloadBytes)
  const fromMs = performance.now()
  const from = sentBytes(device)
  let sent = 0
  for (let nowMs = 0; nowMs < burstMs; nowMs = performance.now() - fromMs) {
    for (const due = (wishedBitsPerS / 8 / 1000) * nowMs; sent < due; sent += payloadBytes)
      socket.send(payload, discardPort, witness.address)
    await sleep(2)
  }
  const bits = (sentBytes(device) - from) * 8
  const tookS = (performance.now() - fromMs) / 1000
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return Math.round(bits / tookS)
}

/** Through /proc of this namespace: /sys shows the devices of whoever mounted it. */
function sentBytes(device: string): number {
  const line = readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .find((each) => each.trim().startsWith(`${device}:`))
  const fields =
    line
      ?.slice(line.indexOf(':') + 1)
      .trim()
      .split(/\s+/) ?? []
  return Number(fields[8] ?? Number.NaN)
}
