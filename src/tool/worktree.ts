/**
 * What a machine's repository is beside its newest commit: a rollback that leaves files uncommitted, another branch, or other hooks, is
 * not the state before, though the newest commit has the old tree.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../fleet/contract.ts'
import { targetRoot } from './cat.ts'
import { git } from './in-machine.ts'
import type { ChangeNote } from './lease-folder.ts'
import type { Io } from './verb.ts'

export interface Repo {
  /** Standard output of a git command. @throws Error with its own words */
  git(...words: readonly string[]): Promise<string>
  /** Where the work tree is. */
  readonly root: string
}

export type State = 'old' | 'other' | 'dirty' | 'moved' | 'settings'

/** Of every change of ours, and of its revert: others may be in at the same time. */
export const subjectOf = (kind: string, lease: string) => `gauntlet: ${kind} [${lease}]`
const ours = /^(?:Revert ")?gauntlet: /

export function deployedRepo(io: Pick<Io, 'run'>): Repo {
  return { git: (...words) => git(io, ...words), root: join(targetRoot, projectRoot) }
}

export async function standing({ git, root }: Repo): Promise<ChangeNote['before']> {
  const [commit, tree, branch] = await Promise.all([
    git('rev-parse', 'HEAD'),
    git('rev-parse', 'HEAD^{tree}'),
    git('rev-parse', '--abbrev-ref', 'HEAD'), // HEAD itself where it is on no branch
  ])
  return { commit, tree, branch, settings: settingsIn(join(root, '.git')) }
}

/**
 * Files that differ from the newest commit, staged or not, and untracked ones, whatever the repository's settings say of showing them;
 * and those that git is set to take for unchanged. What it is set to ignore stays out: programs leave caches behind.
 */
export async function uncommitted({ git }: Repo): Promise<readonly string[]> {
  const status = await git('status', '--porcelain', '--untracked-files=all', '--ignore-submodules=none')
  const hidden = (await git('ls-files', '-v')).split('\n').filter((line) => /^(?:[a-z]|S) /.test(line))
  return [...status.split('\n'), ...hidden].filter((line) => line !== '')
}

/** Old is only what is the state before in every way. */
export async function stateOf(repo: Repo, before: ChangeNote['before']): Promise<{ readonly state: State; readonly tree: string }> {
  const now = await standing(repo)
  const is = (state: State) => ({ state, tree: now.tree })
  if (now.tree !== before.tree) return is('other')
  if ((await uncommitted(repo)).length > 0) return is('dirty')
  if (now.branch !== before.branch || (await hasStrangeCommits(repo, before.commit))) return is('moved')
  return is(now.settings === before.settings ? 'old' : 'settings')
}

async function hasStrangeCommits({ git }: Repo, commit: string): Promise<boolean> {
  const base = await git('merge-base', commit, 'HEAD').catch(() => 'none') // it fails where the two have none in common
  if (base !== commit) return true
  const subjects = (await git('log', '--format=%s', `${commit}..HEAD`)).split('\n').filter((subject) => subject !== '')
  return subjects.some((subject) => !ours.test(subject))
}

/** Of what decides what git does beside keeping files: its settings, its hooks, and what it leaves out. */
function settingsIn(folder: string): string {
  const hooks = existsSync(join(folder, 'hooks')) ? readdirSync(join(folder, 'hooks')).filter((name) => !name.endsWith('.sample')) : []
  const hash = createHash('sha256')
  for (const file of ['config', 'info/exclude', 'info/attributes', ...hooks.sort().map((name) => join('hooks', name))]) {
    const path = join(folder, file)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isFile()) hash.update(`${file} ${found.mode} ${found.size}\n`).update(readFileSync(path))
  }
  return hash.digest('hex')
}
