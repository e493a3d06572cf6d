/**
 * Runs `compose up` for one engine. The binary itself, and not a library around it: a library's client is one for the whole process,
 * while each machine names its engine, and its `up` can neither be aborted nor given an end (docs/adr/containers.md).
 */
import { spawn } from 'node:child_process'
import { GauntletError } from '../base/errors.ts'

export interface ComposeUp {
  /** Path of a compose v2 executable. */
  readonly compose: string
  /** As DOCKER_HOST has it. */
  readonly engine: string
  readonly project: string
  readonly text: string
}

const upTimeoutMs = 120_000
/** The end of what it said, for whoever has to find out why. */
const lastCharacters = 2_000

/** @throws GauntletError harness/fleet with the end of what compose said; the signal's reason when it aborts */
export async function composeUp({ compose, engine, project, text }: ComposeUp, signal: AbortSignal): Promise<void> {
  const args = ['--project-name', project, '--project-directory', '/', '--progress', 'plain', '--file', '-', 'up', '--detach']
  const env = { ...process.env, DOCKER_HOST: engine, COMPOSE_DISABLE_ENV_FILE: '1' }
  const late = AbortSignal.timeout(upTimeoutMs)
  const end = { signal: AbortSignal.any([signal, late]), killSignal: 'SIGKILL' } as const
  const child = spawn(compose, [...args, '--no-build', '--pull', 'never'], { env, cwd: '/', stdio: ['pipe', 'ignore', 'pipe'], ...end })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-lastCharacters)
  })
  child.stdin.on('error', () => {}) // it may end before it has read all
  child.stdin.end(text)
  const problem = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => child.pid === undefined && resolve(error.message)) // one that was started is waited for
    child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : `it ended with ${code ?? killedBy}`))
  })
  if (problem === undefined) return
  signal.throwIfAborted()
  const why = late.aborted ? `it did not end within ${upTimeoutMs} ms` : problem
  throw new GauntletError('harness/fleet', `${compose} up of ${project} on ${engine}: ${why}\n${said.trim()}`)
}
