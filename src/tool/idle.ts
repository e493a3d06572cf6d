/**
 * `tool idle --lease ID --agent NAME=PORT…` says of each agent whether its health port accepts connections and whether its work goes
 * on: by its own count of rounds, read twice and compared, and never by what it says of its health. It must be the process that the lease signalled.
 */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Static } from 'typebox'
import type { idle as idles } from '../answers/processes.ts'
import { workRoundMs, workRoundsMetric } from '../fleet/contract.ts'
import { get } from './fetch.ts'
import { flags, one, some } from './flags.ts'
import { kernelNowMs, note, noted } from './lease-folder.ts'
import { isAlive } from './proc.ts'

/** Two rounds, and a little. */
const betweenMs = 2.4 * workRoundMs
const connectMs = 1_000

export async function idle(args: readonly string[]): Promise<Static<typeof idles.answer>> {
  const found = flags(args, ['lease', 'agent'])
  const lease = one(found, 'lease')
  const signalled = noted(lease, 'signalled') ?? []
  const first = noted(lease, 'rounds') ?? {}
  const looks = some(found, 'agent').map(async (place) => {
    const [name = '', port] = place.split('=')
    const old = signalled.filter((process) => process.name === name)
    const isSame = old.length > 0 && old.every(isAlive)
    return { name, isSame, ...(await look(Number(port), first[name])) }
  })
  const all = await Promise.all(looks)
  const seen = all.flatMap(({ name, idleSince }) => (idleSince === undefined ? [] : [[name, idleSince] as const]))
  note(lease, 'rounds', { ...first, ...Object.fromEntries(seen) })
  return { agents: Object.fromEntries(all.map(({ name, isSame, accepts, works, rounds }) => [name, { isSame, accepts, works, rounds }])) }
}

interface Counted {
  readonly rounds: number
  readonly atMs: number
}

interface Look {
  readonly accepts: boolean
  readonly works: boolean | null
  readonly rounds: number[]
  /** What a later look is to compare with. */
  readonly idleSince?: Counted
}

/** Compares with what was counted at the first look, so that a later one tells of the whole time; whoever still worked is counted anew. */
async function look(port: number, first?: Counted): Promise<Look> {
  if (!(await isAccepted(port))) return { accepts: false, works: null, rounds: [] }
  const before = first ?? (await count(port))
  if (before === undefined) return { accepts: true, works: null, rounds: [] }
  await sleep(Math.max(0, before.atMs + betweenMs - kernelNowMs()))
  const after = await count(port)
  if (after === undefined) return { accepts: true, works: null, rounds: [before.rounds] }
  const works = before.rounds !== after.rounds
  return { accepts: true, works, rounds: [before.rounds, after.rounds], idleSince: works ? after : before }
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

function isAccepted(port: number): Promise<boolean> {
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
