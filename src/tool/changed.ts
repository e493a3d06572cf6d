/**
 * `tool changed --lease ID` prints what became of a change: what the deploy path answered, what the repository is, which of the
 * processes that ran before are gone, and for each agent whether it was started since the last turn and what it does.
 *
 *     change=port answer=taken state=other tree=8d3f… before=41c0… commit=9a2e…
 *     worktree=clean stopped=Worker
 *     Worker process=fresh behaviour=new http://127.0.0.1:8300/health ECONNREFUSED
 *
 * `state` is `old` when the repository is in every way what it was before the change (worktree.ts): the newest commit has the same tree,
 * whatever commit that is, and so has the work tree. `other`: it has not. `dirty`: something is not committed. `moved`: another branch, or
 * commits beside ours. `settings`: git has other settings or hooks.
 */
import { ourCommit } from './change.ts'
import type { Behaviour, ChangedRequest } from './change-request.ts'
import { flags, one } from './flags.ts'
import { noted } from './lease-folder.ts'
import { isAlive } from './proc.ts'
import { ageOf } from './restart.ts'
import { done, type Io } from './verb.ts'
import { deployedRepo, stateOf, uncommitted } from './worktree.ts'

const shown = 12
const wordsShown = 160

export async function changed(args: readonly string[], io: Io): Promise<number> {
  const lease = one(flags(args, ['lease']), 'lease')
  const { agents } = JSON.parse(await io.stdin()) as ChangedRequest
  const known = noted(lease, 'change')
  if (known === undefined) throw new Error(`no change was begun as ${lease}`)
  const repo = deployedRepo(io)
  const { state, tree } = await stateOf(repo, known.before)
  const { ours, isReverted } = await ourCommit(io, known)
  const commit = ours === undefined ? 'none' : `${ours.slice(0, shown)}${isReverted ? ' reverted' : ''}`
  io.print(
    `change=${known.kind} answer=${known.answer?.word ?? 'none'} state=${state} tree=${tree.slice(0, shown)} before=${known.before.tree.slice(0, shown)} commit=${commit}`,
  )
  const stopped = [...new Set(known.processes.filter((process) => !isAlive(process)).map(({ name }) => name))]
  io.print(`worktree=${(await uncommitted(repo)).length === 0 ? 'clean' : 'changed'} stopped=${stopped.sort().join(',') || 'none'}`)
  if (known.answer?.word === 'refused') io.print(`said ${known.answer.said.replaceAll('\n', '; ')}`)
  // All at once: one that hangs takes the whole time-out, and a fault waits for this before it is undone.
  const lines = agents.map(async (agent) => {
    const [old, now] = await Promise.all([ask(io, agent.old), ask(io, agent.new)])
    const behaviour = old.is && !now.is ? 'old' : now.is && !old.is ? 'new' : 'other'
    return `${agent.name} process=${ageOf(agent.name, known.turnedMs)} behaviour=${behaviour} ${old.said}`
  })
  for (const line of await Promise.all(lines)) io.print(line)
  return done
}

/** A behaviour that is not named is none. */
export async function ask(io: Pick<Io, 'run'>, behaviour: Behaviour | undefined): Promise<{ readonly is: boolean; readonly said: string }> {
  if (behaviour === undefined) return { is: false, said: '' }
  const { stdout, stderr } = await io.run({ argv: ['tool', 'fetch', ...(behaviour.post ? ['--post'] : []), behaviour.url] })
  const text = `${stdout}${stderr}`.trim()
  return { is: new RegExp(behaviour.matches).test(text), said: `${behaviour.url} ${text.replaceAll('\n', ' ').slice(0, wordsShown)}` }
}
