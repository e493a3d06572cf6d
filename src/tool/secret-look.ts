/**
 * `tool secret-look --lease ID --name NAME` says what the disk shows of a secret's file, and what each agent that stands in its
 * standard input says of it and of itself. A value is never told: its hash is, and whether an agent shows it in its log.
 */
import { join } from 'node:path'
import type { Static } from 'typebox'
import type { secretLook as looks } from '../answers/changes.ts'
import { logDirectory, secretsDirectory } from '../fleet/contract.ts'
import { targetRoot } from './cat.ts'
import type { SecretLookRequest } from './change-request.ts'
import { ask } from './changed.ts'
import { get } from './fetch.ts'
import { flags, one } from './flags.ts'
import { endOf } from './flood.ts'
import { noted } from './lease-folder.ts'
import { named } from './proc.ts'
import { ageOf } from './restart.ts'
import { type Look as FileLook, lookAt, valuesOf } from './secret-files.ts'
import type { Io } from './verb.ts'

const shownDigits = 16
const logBytes = 256 * 1024

type Look = Static<typeof looks.answer>

export async function secretLook(args: readonly string[], io: Io): Promise<Look> {
  const found = flags(args, ['lease', 'name'])
  const [lease, name] = [one(found, 'lease'), one(found, 'name')]
  const known = noted(lease, 'secret')
  if (known === undefined) throw new Error(`nothing was done to ${name} as ${lease}`)
  const files = known.originals.map(
    (original) => [original.name, fileLook(lookAt(join(secretsDirectory, original.name)), original)] as const,
  )
  const { agents } = JSON.parse(await io.stdin()) as SecretLookRequest
  const values = valuesOf(secretsDirectory, lease, name)
  const seen = agents.map(async ({ name: agent, healthPort, old }) => {
    const running = named([agent]).get(agent) ?? []
    const isSame =
      running.length > 0 && running.every((one) => known.before.some(({ pid, start }) => pid === one.pid && start === one.start))
    const [health, before] = await Promise.all([get(`http://127.0.0.1:${healthPort}/health`), ask(old)])
    const log = endOf(join(targetRoot, logDirectory, `${agent}.log`), logBytes)
    const words = wordsOf(agent, name, known.wallMs)
    const isShown = values.some((value) => log.includes(value))
    const look = {
      process: isSame ? 'same' : ageOf(agent, known.turnedMs),
      behaviour: before.is ? 'old' : 'other',
      health: health.status,
      problem: health.problem ?? null,
      isShown,
      namesIt: words?.includes(name) ?? false,
      says: isShown ? null : (words ?? null), // what shows the value is withheld
    } as const
    return [agent, look] as const
  })
  const changedFiles = files.filter(([, { state }]) => state !== 'old').length
  return { name, files: Object.fromEntries(files), changedFiles, agents: Object.fromEntries(await Promise.all(seen)) }
}

function fileLook(now: FileLook | undefined, before: FileLook): Look['files'][string] {
  const shown = ({ mode, owner, bytes, sha256 }: FileLook) => ({ mode, owner, bytes, sha256: sha256.slice(0, shownDigits) })
  if (now === undefined) return { state: 'none', now: null, before: shown(before) }
  const isOld = (['mode', 'owner', 'bytes', 'changedMs', 'sha256'] as const).every((part) => now[part] === before[part])
  return { state: isOld ? 'old' : 'other', now: shown(now), before: shown(before) }
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
