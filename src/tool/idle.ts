/**
 * `tool idle --lease ID --agent NAME=PORT…` says of each agent whether its health port accepts connections and whether its work goes
 * on: by its own count of rounds, read twice and compared, and never by what it says of its health. It must be the process that the lease signalled.
 *
 *     AgentName accepts idle rounds=1041 then 1041
 *     AgentName accepts works rounds=1041 then 1043
 *     AgentName refuses
 *     AgentName accepts, and counts no rounds
 *     AgentName is another process than the one that was signalled
 */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { workRoundMs, workRoundsMetric } from '../fleet/contract.ts'
import { get } from './fetch.ts'
import { flags, one, some } from './flags.ts'
import { kernelNowMs, note, noted } from './lease-folder.ts'
import { isAlive } from './proc.ts'
import { done, type Io } from './verb.ts'

/** Two rounds, and a little. */
const betweenMs = 2.4 * workRoundMs
const connectMs = 1_000

export async function idle(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'agent'])
  const lease = one(found, 'lease')
  const signalled = noted(lease, 'signalled') ?? []
  const first = noted(lease, 'rounds') ?? {}
  const lines = some(found, 'agent').map(async (place) => {
    const [name = '', port] = place.split('=')
    const old = signalled.filter((process) => process.name === name)
    if (old.length === 0 || !old.every(isAlive)) return [name, `${name} is another process than the one that was signalled`] as const
    return look(name, Number(port), first[name])
  })
  const looks = await Promise.all(lines)
  const seen = looks.flatMap(([name, , counted]) => (counted === undefined ? [] : [[name, counted]]))
  note(lease, 'rounds', { ...first, ...Object.fromEntries(seen) })
  for (const [, line] of looks) io.print(line)
  return done
}

interface Counted {
  readonly rounds: number
  readonly atMs: number
}

/** Compares with what was counted at the first look, so that a later one tells of the whole time; whoever still worked is counted anew. */
async function look(name: string, port: number, first?: Counted): Promise<readonly [string, string, Counted?]> {
  if (!(await accepts(port))) return [name, `${name} refuses`]
  const before = first ?? (await count(port))
  if (before === undefined) return [name, `${name} accepts, and counts no rounds`]
  await sleep(Math.max(0, before.atMs + betweenMs - kernelNowMs()))
  const after = await count(port)
  if (after === undefined) return [name, `${name} accepts, and counts no rounds`]
  const isIdle = before.rounds === after.rounds
  return [name, `${name} accepts ${isIdle ? 'idle' : 'works'} rounds=${before.rounds} then ${after.rounds}`, isIdle ? before : after]
}

async function count(port: number): Promise<Counted | undefined> {
  const counted = await rounds(port)
  return counted === undefined ? undefined : { rounds: counted, atMs: kernelNowMs() }
}

async function rounds(port: number): Promise<number | undefined> {
  const { body } = await get(`http://127.0.0.1:${port}/metrics`)
  const value = new RegExp(`^${workRoundsMetric}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(body)?.[1]
  return value === undefined ? undefined : Number(value)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: connectMs })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}
