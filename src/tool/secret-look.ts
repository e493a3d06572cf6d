/**
 * `tool secret-look --lease ID --name NAME` prints what the disk says of a secret's file, and what each agent that stands in its
 * standard input says of it and of itself. A value is never printed: its hash is, and whether an agent shows it in its log.
 *
 *     NATS_PASSWORD state=other mode=400 owner=1000:1000 bytes=43 sha256=9f86d081… before=400 1000:1000 43 5e884898…
 *     NATS_PASSWORD state=none before=400 1000:1000 43 5e884898…
 *     ObservabilityHub process=fresh behaviour=other answers=200 value=unseen says "NATS refuses NATS_PASSWORD"
 */
import { join } from 'node:path'
import { logDirectory, secretsDirectory } from '../fleet/contract.ts'
import { targetRoot } from './cat.ts'
import type { SecretLookRequest } from './change-request.ts'
import { ask } from './changed.ts'
import { flags, one } from './flags.ts'
import { endOf } from './flood.ts'
import { noted } from './lease-folder.ts'
import { named } from './proc.ts'
import { ageOf } from './restart.ts'
import { type Look, lookAt, valuesOf } from './secret-files.ts'
import { done, type Io } from './verb.ts'

const shownDigits = 16
const logBytes = 256 * 1024

export async function secretLook(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'name'])
  const [lease, name] = [one(found, 'lease'), one(found, 'name')]
  const known = noted(lease, 'secret')
  if (known === undefined) throw new Error(`nothing was done to ${name} as ${lease}`)
  for (const original of known.originals) io.print(fileLine(original.name, lookAt(join(secretsDirectory, original.name)), original))
  const { agents } = JSON.parse(await io.stdin()) as SecretLookRequest
  const values = valuesOf(secretsDirectory, lease, name)
  const lines = agents.map(async ({ name: agent, healthPort, old }) => {
    const running = named([agent]).get(agent) ?? []
    const isSame =
      running.length > 0 && running.every((one) => known.before.some(({ pid, start }) => pid === one.pid && start === one.start))
    const health = await io.run({ argv: ['tool', 'fetch', `http://127.0.0.1:${healthPort}/health`] })
    const answers = health.exitCode === 0 ? '200' : (/: (.*)$/m.exec(health.stderr)?.[1] ?? 'nothing')
    const log = endOf(join(targetRoot, logDirectory, `${agent}.log`), logBytes)
    const words = wordsOf(agent, name, known.wallMs)
    const isShown = values.some((value) => log.includes(value))
    return `${agent} process=${isSame ? 'same' : ageOf(agent, known.turnedMs)} behaviour=${(await ask(io, old)).is ? 'old' : 'other'} answers=${answers} value=${isShown ? 'SHOWN' : 'unseen'} says ${
      isShown ? '(withheld)' : words === undefined ? 'nothing' : JSON.stringify(words)
    }`
  })
  for (const line of await Promise.all(lines)) io.print(line)
  return done
}

function fileLine(name: string, now: Look | undefined, before: Look): string {
  const was = `before=${before.mode} ${before.owner} ${before.bytes} ${before.sha256.slice(0, shownDigits)}`
  if (now === undefined) return `${name} state=none ${was}`
  const isOld = (['mode', 'owner', 'bytes', 'changedMs', 'sha256'] as const).every((part) => now[part] === before[part])
  const { mode, owner, bytes, sha256 } = now
  return `${name} state=${isOld ? 'old' : 'other'} mode=${mode} owner=${owner} bytes=${bytes} sha256=${sha256.slice(0, shownDigits)} ${was}`
}

/** The last thing that an agent's log says of a secret since then, by its name; undefined where it says nothing. */
export function wordsOf(agent: string, secret: string, sinceMs: number): string | undefined {
  const lines = endOf(join(targetRoot, logDirectory, `${agent}.log`), logBytes).split('\n')
  return lines.flatMap((line) => (line.includes(secret) ? (saidSince(line, sinceMs) ?? []) : [])).at(-1)
}

function saidSince(line: string, sinceMs: number): string | undefined {
  try {
    const { at, message, reason } = JSON.parse(line) as { at?: string; message?: string; reason?: string }
    return at !== undefined && Date.parse(at) >= sinceMs ? [message, reason].filter(Boolean).join(': ') : undefined
  } catch {
    return undefined // torn by the place at which we began to read
  }
}
