/**
 * The engine's API over its socket, as much of it as the hand needs: the containers of its own run, found by label and by no other
 * way, so that nobody else's can be touched. Plain HTTP: an engine's whole client would delay every verb of the tool.
 */
import { request } from 'node:http'
import { poll } from '../base/poll.ts'

/** As the compose file names it: `nats-pc2`. */
const serviceLabel = 'com.docker.compose.service'
const runLabel = 'gauntlet.run'
const timeoutMs = 10_000

export interface Container {
  readonly id: string
  readonly service: string
  readonly labels: Readonly<Record<string, string>>
  /** created, running, paused, restarting, exited or dead. */
  readonly state: string
}

/** What the engine says of one, as far as it is used here. */
export interface Inspected {
  readonly Id: string
  readonly Image: string
  readonly State: { readonly Status: string; readonly StartedAt: string; readonly OOMKilled: boolean }
  readonly Config: { readonly Env: readonly string[] }
  readonly HostConfig: { readonly NetworkMode: string; readonly PidMode: string; readonly CgroupParent: string }
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> }
}

interface Reply {
  readonly status: number
  readonly body: unknown
}

/** @throws Error with what was asked and what the engine said */
export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { status, body: answer } = await exchange(method, path, body)
  if (status < 400) return answer as T
  throw new Error(`the engine answered ${status} to ${method} ${path}: ${(answer as { message?: string } | undefined)?.message ?? ''}`)
}

export async function containersOfRun(): Promise<readonly Container[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${runLabel}=${ownRun()}`] }))
  const all = await ask<readonly { Id: string; Labels: Record<string, string>; State: string }[]>(
    'GET',
    `/containers/json?all=1&filters=${filters}`,
  )
  return all.map(({ Id, Labels, State }) => ({ id: Id, service: Labels[serviceLabel] ?? '', labels: Labels, state: State }))
}

/** @throws Error where the run has no such container */
export function serviceIn(containers: readonly Container[], service: string): Container {
  const found = containers.find((container) => container.service === service)
  if (found === undefined) throw new Error(`run ${ownRun()} has no container for ${service}`)
  return found
}

export function inspect(id: string): Promise<Inspected> {
  return ask('GET', `/containers/${id}/json`)
}

const lookAgainMs = 20

/** Of a command in a container of the run, at its end. */
export async function exitCodeIn(container: string, argv: readonly string[]): Promise<number> {
  const { Id } = await ask<{ Id: string }>('POST', `/containers/${container}/exec`, { Cmd: argv })
  await ask('POST', `/exec/${Id}/start`, { Detach: true })
  const state = () => ask<{ Running: boolean; ExitCode: number | null }>('GET', `/exec/${Id}/json`)
  const terms = { withinMs: timeoutMs, everyMs: lookAgainMs }
  const { Running, ExitCode } = await poll(state, (now) => !now.Running && now.ExitCode !== null, terms)
  if (!Running && ExitCode !== null) return ExitCode
  throw new Error(`\`${argv.join(' ')}\` in a container of the run did not end within ${timeoutMs} ms`)
}

export function ownRun(): string {
  const run = process.env.GAUNTLET_RUN
  if (!run) throw new Error('GAUNTLET_RUN does not say whose containers these are')
  return run
}

function exchange(method: string, path: string, body: unknown): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = { host: 'engine', 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const socketPath = process.env.GAUNTLET_ENGINE_SOCKET ?? '/run/engine.sock'
    const asked = request({ socketPath, method, path, headers, agent: false, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const said = Buffer.concat(chunks).toString()
        resolve({ status: answer.statusCode ?? 0, body: said.startsWith('{') || said.startsWith('[') ? JSON.parse(said) : undefined })
      })
    })
    asked.on('error', (error) => reject(new Error(`${method} ${path}, to the engine at ${socketPath}: ${error.message}`)))
    asked.end(text)
  })
}
