/** What a repository is after a rollback, on a real one: only what is as before in every way is the old state. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChangeNote } from './lease-folder.ts'
import { type Repo, standing, stateOf, subjectOf, uncommitted } from './worktree.ts'

let root: string
let repo: Repo
let before: ChangeNote['before']

const environment = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' }
const git = (...words: readonly string[]) =>
  execFileSync('git', ['-C', root, '-c', 'user.name=deploy', '-c', 'user.email=deploy@fleet', ...words], {
    encoding: 'utf8',
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
const write = (file: string, text: string) => writeFileSync(join(root, file), text)
const state = async () => (await stateOf(repo, before)).state

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'gauntlet-worktree-'))
  repo = { git: async (...words) => git(...words), root }
  git('init', '--quiet', '--initial-branch=main')
  write('worker.py', 'port = 7300\n')
  write('.gitignore', '*.pyc\n')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'deployed')
  before = await standing(repo)
  write('worker.py', 'port = 7301\n')
  git('commit', '--quiet', '--all', '--message', subjectOf('port', 'lease-1'))
})
afterEach(() => rmSync(root, { recursive: true }))
const revert = () => git('revert', '--no-edit', 'HEAD')

test('the change is another state, its revert the old one; a file that is ignored changes nothing', async () => {
  expect(await state()).toBe('other')
  revert()
  expect(await state()).toBe('old')
  write('worker.pyc', 'cache')
  expect(await state()).toBe('old')
})

test.each<readonly [string, () => unknown, string]>([
  ['a file that was changed', () => write('worker.py', 'port = 7302\n'), 'dirty'],
  ['a file that was staged', () => [write('worker.py', 'port = 7302\n'), git('add', 'worker.py')], 'dirty'],
  ['a change in the index alone', () => [write('worker.py', 'x\n'), git('add', 'worker.py'), write('worker.py', 'port = 7300\n')], 'dirty'],
  ['a file that is not tracked', () => write('sitecustomize.py', 'import os\n'), 'dirty'],
  [
    'one that the settings hide',
    () => [git('config', 'status.showUntrackedFiles', 'no'), write('sitecustomize.py', 'import os\n')],
    'dirty',
  ],
  ['a file that was removed', () => rmSync(join(root, 'worker.py')), 'dirty'],
  ['a file with another mode', () => chmodSync(join(root, 'worker.py'), 0o755), 'dirty'],
  [
    'a file that git takes for unchanged',
    () => [git('update-index', '--assume-unchanged', 'worker.py'), write('worker.py', 'x\n')],
    'dirty',
  ],
  ['a file that git skips', () => git('update-index', '--skip-worktree', 'worker.py'), 'dirty'],
  ['a commit on top', () => [write('other.py', 'x\n'), git('add', '--all'), git('commit', '--quiet', '--message', 'more')], 'other'],
  ['an empty commit on top', () => git('commit', '--quiet', '--allow-empty', '--message', 'more'), 'moved'],
  ['no branch', () => git('checkout', '--quiet', '--detach'), 'moved'],
  ['another branch', () => git('checkout', '--quiet', '-b', 'mend'), 'moved'],
  ['a branch that was set back and went another way', () => [git('reset', '--quiet', '--hard', before.commit), amended()], 'moved'],
  ['another setting', () => git('config', 'core.autocrlf', 'input'), 'settings'],
  ['a hook', () => [mkdirSync(join(root, '.git/hooks'), { recursive: true }), write('.git/hooks/post-merge', '#!/bin/sh\n')], 'settings'],
  ['what is left out', () => [mkdirSync(join(root, '.git/info'), { recursive: true }), write('.git/info/exclude', '*\n')], 'settings'],
])('beside a revert, %s is not the old state', async (_what, deed, expected) => {
  revert()
  deed()
  expect(await state()).toBe(expected)
})
const amended = () => git('commit', '--quiet', '--amend', '--message', 'deployed once more')

test('the branch set back is the old state, as the revert is; a change of another lease may have come and gone', async () => {
  git('reset', '--quiet', '--hard', before.commit)
  expect(await state()).toBe('old')
  write('worker.py', 'port = 7309\n')
  git('commit', '--quiet', '--all', '--message', subjectOf('port', 'lease-2'))
  revert()
  expect(await state()).toBe('old')
})

test('what is uncommitted is said file by file', async () => {
  revert()
  expect(await uncommitted(repo)).toEqual([])
  mkdirSync(join(root, 'lib'))
  write('lib/a.py', 'a\n')
  write('lib/b.py', 'b\n')
  expect(await uncommitted(repo)).toEqual(['?? lib/a.py', '?? lib/b.py'])
})
