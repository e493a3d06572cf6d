/**
 * `tool changed --lease ID` says what became of a change: what the deploy path answered, what the repository is, which of the processes
 * that ran before are gone, and for each agent whether it was started since the last turn and what it does.
 */
import type { Static } from 'typebox'
import type { Behaviour, CameBack } from '../answers/behaviour.ts'
import type { changed as changes } from '../answers/changes.ts'
import { holds, type Json } from '../base/predicate.ts'
import { ourCommit } from './change.ts'
import type { ChangedRequest } from './change-request.ts'
import { get, timeoutMs } from './fetch.ts'
import { flags, one } from './flags.ts'
import { noted } from './lease-folder.ts'
import { isAlive } from './proc.ts'
import { ageOf } from './restart.ts'
import type { Io } from './verb.ts'
import { deployedRepo, stateOf, uncommitted } from './worktree.ts'

const shown = 12
const wordsShown = 160

export async function changed(args: readonly string[], io: Io): Promise<Static<typeof changes.answer>> {
  const lease = one(flags(args, ['lease']), 'lease')
  const { agents } = JSON.parse(await io.stdin()) as ChangedRequest
  const known = noted(lease, 'change')
  if (known === undefined) throw new Error(`no change was begun as ${lease}`)
  const repo = deployedRepo(io)
  const { state, tree } = await stateOf(repo, known.before)
  const { ours, isReverted } = await ourCommit(io, known)
  const stopped = [...new Set(known.processes.filter((process) => !isAlive(process)).map(({ name }) => name))].sort()
  // All at once: one that hangs takes the whole time-out, and a fault waits for this before it is undone.
  const seen = agents.map(async (agent) => {
    const [old, now] = await Promise.all([ask(agent.old), ask(agent.new)])
    const behaviour = old.is && !now.is ? 'old' : now.is && !old.is ? 'new' : 'other'
    return [agent.name, { process: ageOf(agent.name, known.turnedMs), behaviour, said: old.said }] as const
  })
  return {
    kind: known.kind,
    answer: known.answer?.word ?? null,
    said: known.answer?.said || null,
    state,
    tree: tree.slice(0, shown),
    treeBefore: known.before.tree.slice(0, shown),
    commit: ours?.slice(0, shown) ?? null,
    isReverted,
    worktree: (await uncommitted(repo)).length === 0 ? 'clean' : 'changed',
    stopped,
    stoppedCount: stopped.length,
    agents: Object.fromEntries(await Promise.all(seen)),
  }
}

/** A behaviour that is not named is none. */
export async function ask(behaviour: Behaviour | undefined): Promise<{ readonly is: boolean; readonly said: string }> {
  if (behaviour === undefined) return { is: false, said: '' }
  const { status, body, problem } = await get(behaviour.url, timeoutMs, behaviour.post ? 'POST' : 'GET')
  const came = { status, problem: problem ?? null, body: parsed(body) } satisfies CameBack
  const said = `${behaviour.url} ${problem ?? status} ${body.replaceAll('\n', ' ')}`.trim().slice(0, wordsShown)
  return { is: holds(behaviour.shows, came) === true, said }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
