/**
 * `tool change --lease ID` edits what is deployed on the machine, has the machine's own `fleet-change` make it one commit, and restarts
 * the agents that it concerns; what that refuses is as it was before. `tool change-back --lease ID --process AGENT…` reverts the commit, and
 * restarts who still runs with it.
 */
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { projectRoot } from '../fleet/contract.ts'
import { edited } from '../fleet/deployed-edit.ts'
import { targetRoot } from './cat.ts'
import type { ChangeRequest } from './change-request.ts'
import { flags, one } from './flags.ts'
import { ageDeployed, git, inMachine, readDeployed, writeDeployed } from './in-machine.ts'
import { type ChangeNote, kernelNowMs, note, noted } from './lease-folder.ts'
import { pids, processOf, supervisedName } from './proc.ts'
import { ageOf, restart, restartByBoot } from './restart.ts'
import { done, failed, type Io, Refusal } from './verb.ts'
import { deployedRepo, standing, subjectOf, uncommitted } from './worktree.ts'

/** The first commit comes a while after the machine's start. */
const firstCommitMs = 8_000
const lookEveryMs = 200

export async function change(args: readonly string[], io: Io): Promise<number> {
  const lease = one(flags(args, ['lease']), 'lease')
  const { kind, edits, expect, restart: names, by = 'supervisor' } = JSON.parse(await io.stdin()) as ChangeRequest
  await firstCommit(io)
  const repo = deployedRepo(io)
  const pending = await uncommitted(repo)
  if (pending.length > 0) throw new Refusal(`a change that is not committed yet stands in the way: ${pending.join(', ')}`)
  const files = edits.map((edit) => ({ path: edit.path, before: readDeployed(edit.path), after: edited(edit, readDeployed(edit.path)) }))
  const same = files.filter(({ before, after }) => before === after)
  if (same.length > 0) throw new Refusal(`${same.map(({ path }) => path).join(', ')} would not be changed by this`)
  const message = subjectOf(kind, lease)
  const before = await standing(repo)
  const turned = () => ({ turnedMs: kernelNowMs() })
  const begun = { kind, message, before, processes: supervised(), files, begunWallMs: Date.now(), ...turned() }
  note(lease, 'change', begun)

  const makeOld = files.map(({ path, before }) => {
    const age = ageDeployed(path)
    return () => {
      writeDeployed(path, before)
      age()
    }
  })
  for (const { path, after } of files) writeDeployed(path, after)
  const { exitCode, stdout, stderr } = await inMachine(io, 'fleet-change', message)
  if (exitCode === 0) {
    note(lease, 'change', { ...begun, ...turned(), answer: { word: 'taken', said: stdout.trim() } })
    if (expect === 'taken') await (by === 'supervisor' ? restart(names) : restartByBoot(names))
    return done
  }
  for (const undo of makeOld) undo()
  if (exitCode !== 1) throw new Error(`fleet-change ended with ${exitCode}: ${stderr.trim()}`)
  note(lease, 'change', { ...begun, answer: { word: 'refused', said: stderr.trim() } })
  if (expect === 'refused') return done
  io.warn(`the deploy path refused it: ${stderr.trim()}`)
  return failed
}

export async function changeBack(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'process', 'by'])
  const lease = one(found, 'lease')
  const begun = noted(lease, 'change')
  if (begun === undefined) return done
  await unlock(begun)
  const { ours, isReverted } = await ourCommit(io, begun)
  if (ours === undefined) {
    // It was cut short before its commit: what it wrote is made old again, and nothing else.
    const written = begun.files.filter(({ path, after }) => readDeployed(path) === after).map(({ path }) => path)
    if (written.length > 0) await git(io, 'checkout', '--quiet', 'HEAD', '--', ...written)
    return done
  }
  if (!isReverted) await revert(io, ours)
  if (!isReverted || begun.back !== true) note(lease, 'change', { ...begun, turnedMs: kernelNowMs(), back: true })
  const sinceMs = noted(lease, 'change')?.turnedMs ?? 0
  const late = (found.process ?? []).filter((agent) => ageOf(agent, sinceMs) !== 'fresh')
  await (found.by?.[0] === 'boot-script' ? restartByBoot(late) : restart(late))
  return done
}

/** What somebody has built on it since may not let it be reverted: then their work stays as it is, and this is said. */
async function revert(io: Io, commit: string): Promise<void> {
  try {
    await git(io, 'revert', '--no-edit', commit)
  } catch (error) {
    await git(io, 'revert', '--abort').catch(() => undefined)
    throw error
  }
}

async function firstCommit(io: Io): Promise<void> {
  for (const endMs = performance.now() + firstCommitMs; ; await sleep(lookEveryMs)) {
    const { exitCode } = await inMachine(io, 'git', '-C', projectRoot, 'rev-parse', '--quiet', '--verify', 'HEAD')
    if (exitCode === 0) return
    if (performance.now() > endMs) throw new Refusal(`there is no commit in ${projectRoot} after ${firstCommitMs} ms`)
  }
}

/** Asked of the repository, which knows it also where whoever made it was killed before saying so. */
export async function ourCommit(
  io: Pick<Io, 'run'>,
  { message, before }: ChangeNote,
): Promise<{ readonly ours?: string; readonly isReverted: boolean }> {
  const log = (await git(io, 'log', '--format=%H %s', `${before.commit}..HEAD`)).split('\n')
  const ours = log.find((line) => line.slice(41) === message)?.slice(0, 40)
  return { ...(ours === undefined ? {} : { ours }), isReverted: log.some((line) => line.slice(41) === `Revert "${message}"`) }
}

/** A git of ours that was killed leaves its lock; one that still runs, or that is older, is somebody's. */
async function unlock({ begunWallMs }: ChangeNote): Promise<void> {
  const lock = join(targetRoot, projectRoot, '.git/index.lock')
  for (let looks = 0; looks < 10; looks += 1, await sleep(lookEveryMs)) {
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
    if (made === undefined || made < begunWallMs) return
    if (pids().every((pid) => processOf(pid)?.comm !== 'git')) return rmSync(lock, { force: true })
  }
}

function supervised(): ChangeNote['processes'] {
  return pids().flatMap((pid) => {
    const name = supervisedName(pid)
    const process = name === undefined ? undefined : processOf(pid)
    return name === undefined || process === undefined ? [] : [{ name, pid, start: process.start }]
  })
}
