/**
 * Runs `compose up` for one engine. The binary itself, and not a library around it: a library's client is one for the whole process,
 * while each machine names its engine, and its `up` can neither be aborted nor given an end (docs/adr/containers.md).
 */
import { GauntletError } from '../base/errors.ts'
import { lastLines, run } from '../base/program.ts'

export interface ComposeUp {
  /** Path of a compose v2 executable. */
  readonly compose: string
  /** As DOCKER_HOST has it. */
  readonly engine: string
  readonly project: string
  readonly text: string
}

const upTimeoutMs = 120_000

/** @throws GauntletError harness/fleet with the end of what compose said; the signal's reason when it aborts */
export async function composeUp({ compose, engine, project, text }: ComposeUp, signal: AbortSignal): Promise<void> {
  const args = ['--project-name', project, '--project-directory', '/', '--progress', 'plain', '--file', '-', 'up', '--detach']
  const env = { DOCKER_HOST: engine, COMPOSE_DISABLE_ENV_FILE: '1' }
  const options = { timeoutMs: upTimeoutMs, cwd: '/', env, input: text, signal }
  const ran = await run([compose, ...args, '--no-build', '--pull', 'never'], options)
  if (ran.exitCode === 0) return
  signal.throwIfAborted()
  // In the message, since that is what a journal holds of it.
  throw new GauntletError('harness/fleet', `${compose} up of ${project} on ${engine}: it ended with ${ran.exitCode}\n${lastLines(ran)}`)
}
