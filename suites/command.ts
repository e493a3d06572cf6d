/** The command line as a person uses it: a process, its two streams, its exit code. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Program, type Ran, start as startProgram } from '../src/base/program.ts'
import { readArguments } from '../src/cli/arguments.ts'
import { commands } from '../src/cli/commands.ts'
import { drillRequest, gateRequest } from '../src/cli/request.ts'
import { runAndJudge } from '../src/cli/run-command.ts'
import { runLabel } from '../src/fleet/compose.ts'
import { openEngine } from '../src/fleet/engine.ts'
import type { Event } from '../src/journal/event.ts'
import type { Verdict } from '../src/verdict.ts'

export type { Ran as Ended } from '../src/base/program.ts'

export const root = resolve(import.meta.dirname, '..')

export interface Running {
  readonly child: Program
  readonly ended: Promise<Ran>
  /** @throws when it ended without ever having said so on standard error */
  said(words: string): Promise<void>
}

/** Longer than any run of a suite. */
const longestMs = 1_800_000

export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  let told = ''
  const lines = new EventTarget()
  const child = startProgram([process.execPath, join(root, 'src/cli/main.ts'), ...args], {
    timeoutMs: longestMs,
    cwd: root,
    env,
    heard(line) {
      told += `${line}\n`
      lines.dispatchEvent(new Event('line'))
    },
  })
  const said = async (words: string) => {
    for (let over = false; !told.includes(words); ) {
      if (over) throw new Error(`it ended without saying "${words}":\n${told}`)
      over = await Promise.race([
        child.ended.then(() => true),
        new Promise<boolean>((next) => lines.addEventListener('line', () => next(false), { once: true })),
      ])
    }
  }
  return { child, ended: child.ended, said }
}

/** Its verdict, as --json prints it. */
export async function verdictOf(args: readonly string[]): Promise<Ran & { readonly verdict: Verdict }> {
  const ended = await start([...args, '--json']).ended
  try {
    return { ...ended, verdict: JSON.parse(ended.stdout) as Verdict }
  } catch {
    throw new Error(`no verdict, exit ${ended.exitCode}:\n${ended.stdout}\n${ended.stderr}`)
  }
}

/** The same of a gate or a drill, without a process of its own: for suites that are not about the command line. */
export async function judgedRun(args: readonly string[]): Promise<{ readonly verdict: Verdict; readonly said: string }> {
  const line = readArguments(args, commands)
  const said: string[] = []
  const request = args[0] === 'gate' ? gateRequest(line) : drillRequest(line)
  const { verdict } = await runAndJudge(
    request,
    () => new AbortController().signal,
    (line) => said.push(line),
  )
  return { verdict, said: said.join('') }
}

export function configs(folder: string, ...machines: readonly string[]): string[] {
  return machines.flatMap((machine) => ['--config', join(import.meta.dirname, folder, `${machine}.startup.yaml`)])
}

/** Names of everything that the engine holds of runs whose id contains these words. */
export async function held(words: string): Promise<readonly string[]> {
  const { containers, networks, volumes } = await openEngine(process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').holdings(runLabel)
  return [...containers, ...networks, ...volumes].flatMap(({ name, labels }) => (labels[runLabel]?.includes(words) ? [name] : []))
}

export function eventsOf(run: string): readonly Event[] {
  const lines = readFileSync(join(root, 'reports', run, 'journal.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line) => JSON.parse(line) as Event)
}

export function journalKinds(run: string): readonly string[] {
  return eventsOf(run).map(({ kind }) => kind)
}

/** The newest run whose id ends like this, but for its random letters. */
export function newestRun(name: string): string {
  const runs = readdirSync(join(root, 'reports')).filter((run) => run.includes(`-${name}-`))
  const newest = runs.sort().at(-1)
  if (newest === undefined) throw new Error(`there is no run of ${name}`)
  return newest
}
