/** Commands inside the machine, as the owner of what is deployed there: its own programs, on its own files, with nothing of ours around them. */
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { projectRoot } from '../fleet/contract.ts'
import { targetRoot } from './cat.ts'
import type { Answer, Io } from './verb.ts'

const environment = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/nonexistent', 'LC_ALL=C.UTF-8']

export function inMachine(io: Pick<Io, 'run'>, ...argv: readonly string[]): Promise<Answer> {
  const { uid, gid } = statSync(join(targetRoot, projectRoot))
  return io.run({ argv: ['chroot', `--userspec=${uid}:${gid}`, '--groups=', targetRoot, 'env', '-i', ...environment, ...argv] })
}

/** Standard output of git in the machine's repository. @throws Error with its own words when it fails */
export async function git(io: Pick<Io, 'run'>, ...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await inMachine(io, 'git', '-C', projectRoot, ...words)
  if (exitCode !== 0) throw new Error(`git ${words.join(' ')} in ${projectRoot} ended with ${exitCode}: ${stderr.trim()}`)
  return stdout.trim()
}

/** @param path below the project root @throws Error for one that leads elsewhere */
export function deployedFile(path: string): string {
  const file = join(targetRoot, projectRoot, normalize(path))
  if (!file.startsWith(`${join(targetRoot, projectRoot)}/`) || /(^|\/)\.git(\/|$)/.test(path))
    throw new Error(`${path} is not a deployed file`)
  return file
}

export function readDeployed(path: string): string {
  return readFileSync(deployedFile(path), 'utf8')
}

/** In its place, so that owner and mode stay. */
export function writeDeployed(path: string, text: string): void {
  const file = deployedFile(path)
  statSync(file) // one that is not there is not made
  writeFileSync(file, text)
}

/** A file that nobody changed should look so: whoever starts compares ages. */
export function ageDeployed(path: string): () => void {
  const { atimeMs, mtimeMs } = statSync(deployedFile(path))
  return () => utimesSync(deployedFile(path), atimeMs / 1000, mtimeMs / 1000)
}
