/**
 * `tool secret --lease ID --name NAME --state STATE --process AGENT…` does something to a secret of the machine and restarts the agents
 * that need it; `--state rotated` has the machine's side-car rotate it, and restarts nobody. `--state absent` takes the way to Vault
 * away too, since that is where an agent looks third.
 * `tool secret-back --lease ID --process AGENT…` puts the original back, and restarts who still runs without it.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { secretsDirectory } from '../fleet/contract.ts'
import { vaultToken } from '../fleet/secrets.ts'
import { flags, one } from './flags.ts'
import { kernelNowMs, note, noted } from './lease-folder.ts'
import { named } from './proc.ts'
import { ageOf, restart } from './restart.ts'
import { keepAside, lookAt, putBack, type Spoiling, spoil } from './secret-files.ts'
import { wordsOf } from './secret-look.ts'
import { done, failed, type Io, refuse } from './verb.ts'

/** The side-car looks once a second, and the message server too. */
const sideCarMs = 12_000
const lookEveryMs = 100
const moveMs = 8_000

export async function secret(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'name', 'state', 'process'])
  const [lease, name, state] = [one(found, 'lease'), one(found, 'name'), one(found, 'state') as Spoiling | 'rotated']
  const agents = found.process ?? []
  const names = state === 'absent' ? [...new Set([name, vaultToken])] : [name]
  const originals = names.flatMap((each) => {
    const original = lookAt(join(secretsDirectory, each))
    return original === undefined ? [] : [{ name: each, ...original }]
  })
  if (originals.length < names.length) {
    const missing = names.filter((each) => originals.every((original) => original.name !== each))
    return refuse(io, `there is no secret ${missing.join(', ')} in ${secretsDirectory}`)
  }
  const before = [...named(agents).values()].flat().map(({ pid, start }) => ({ pid, start }))
  note(lease, 'secret', { state, originals, before, turnedMs: kernelNowMs(), wallMs: Date.now() })
  for (const each of names) keepAside(secretsDirectory, lease, each)
  if (state === 'rotated') return (await asked(`rotate.${name}`, io)) ? done : failed
  for (const each of names) spoil(secretsDirectory, lease, each, state)
  note(lease, 'secret', { state, originals, before, turnedMs: kernelNowMs(), wallMs: Date.now() })
  await restart(agents)
  return done
}

export async function secretBack(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'process'])
  const lease = one(found, 'lease')
  const agents = found.process ?? []
  const before = noted(lease, 'secret')
  if (before === undefined) return done // nothing was begun
  const turn = () => note(lease, 'secret', { ...before, turnedMs: kernelNowMs(), wallMs: Date.now(), back: true })
  // Noted first: whoever is cut short in between is found by the second run to have begun.
  if (before.back !== true) turn()
  const back = putBack(secretsDirectory, lease, before.state === 'rotated' ? 'any' : 'ours')
  if (before.state === 'rotated')
    return (await retired(lease, before.originals[0]?.name ?? '', agents, back.length > 0, io)) ? done : failed
  if (back.length > 0) turn()
  const sinceMs = noted(lease, 'secret')?.turnedMs ?? 0
  await restart(agents.filter((agent) => ageOf(agent, sinceMs) !== 'fresh'))
  return done
}

/** The one that was put in its place stays valid until everyone has moved back. */
async function retired(lease: string, name: string, agents: readonly string[], isNew: boolean, io: Io): Promise<boolean> {
  if (!isNew) return true
  const sinceMs = noted(lease, 'secret')?.wallMs ?? 0
  const moved = () => agents.every((agent) => wordsOf(agent, name, sinceMs) !== undefined)
  for (const endMs = performance.now() + moveMs; !moved() && performance.now() < endMs; ) await sleep(lookEveryMs)
  return asked('retire', io)
}

/** The side-car does what it finds asked for in its own volume, and takes the question away. */
async function asked(what: string, io: Io): Promise<boolean> {
  const question = join(secretsDirectory, `.ask.${what}`)
  const refusal = join(secretsDirectory, `.failed.${what}`)
  writeFileSync(question, '')
  for (const endMs = performance.now() + sideCarMs; performance.now() < endMs; await sleep(lookEveryMs)) {
    if (existsSync(refusal)) break
    if (!existsSync(question)) return true
  }
  io.warn(`the side-car ${existsSync(refusal) ? 'could not' : `did not within ${sideCarMs} ms`} do ${what}`)
  for (const file of [question, refusal]) rmSync(file, { force: true })
  return false
}
