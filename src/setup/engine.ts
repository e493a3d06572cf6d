/** The Docker engine: the one that answers, else Debian's own, installed and started here. */
import type { Clock } from '../base/clock.ts'
import { GauntletError } from '../base/errors.ts'
import { lastLines, type Ran, run } from '../base/program.ts'
import type { Apt } from './apt.ts'
import { startEngine } from './dockerd.ts'
import type { Step } from './steps.ts'

/** A hung engine accepts a connection and never answers. */
const answerMs = 5000
const program = 'docker'

export interface Engine {
  /** What DOCKER_HOST would have to be: `unix:///var/run/docker.sock`, `tcp://…`. */
  readonly host: string
  readonly version: string
}

export type Asked =
  | { readonly kind: 'answers'; readonly engine: Engine }
  | { readonly kind: 'no-client' | 'denied' | 'silent'; readonly said: string }

export async function askEngine(): Promise<Asked> {
  const [version, host] = await Promise.all([
    run([program, 'version', '--format', '{{.Server.Version}}'], { timeoutMs: answerMs }),
    run([program, 'context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], { timeoutMs: answerMs }),
  ])
  return readAnswer(version, process.env.DOCKER_HOST || host.stdout.trim() || defaultHost)
}

const defaultHost = 'unix:///var/run/docker.sock'

/** What the client's `version` says about the engine behind it. */
export function readAnswer(version: Ran, host: string): Asked {
  if (version.exitCode === 0) return { kind: 'answers', engine: { host, version: version.stdout.trim() } }
  const said = lastLines({ ...version, stderr: version.stderr.replaceAll(/^WARNING: .*$/gm, '') }, 3)
  if (version.exitCode === 127) return { kind: 'no-client', said: 'there is no docker command' }
  return { kind: /permission denied/i.test(said) ? 'denied' : 'silent', said }
}

export function engineStep(apt: Apt, clock: Clock): Step<Engine> {
  return {
    async detect() {
      const asked = await askEngine()
      return asked.kind === 'answers' ? asked.engine : undefined
    },
    async install(note) {
      const asked = await askEngine()
      const chosen = await chosenElsewhere()
      if (chosen !== undefined && asked.kind !== 'no-client') {
        throw new GauntletError('environment/engine', `to reach the engine that ${chosen} names`, {
          cause: 'said' in asked ? asked.said : '',
        })
      }
      if (asked.kind === 'denied') throw new GauntletError('environment/root', 'to reach the Docker engine', { cause: asked.said })
      await installMissing(apt, asked, chosen, note)
      if (chosen !== undefined) return
      await startEngine(async () => (await askEngine()).kind === 'answers', clock, note)
    },
  }
}

/** Whoever chose an engine does not want another one started. */
export async function chosenElsewhere(): Promise<string | undefined> {
  const host = process.env.DOCKER_HOST ?? ''
  if (host !== '' && host !== defaultHost) return `DOCKER_HOST=${host}`
  const context = process.env.DOCKER_CONTEXT || (await run([program, 'context', 'show'], { timeoutMs: answerMs })).stdout.trim()
  return context === '' || context === 'default' ? undefined : `the docker context ${context}`
}

/** Debian 12 has client and engine in one package, Debian 13 in two. */
async function installMissing(apt: Apt, asked: Asked, chosen: string | undefined, note: (text: string) => void): Promise<void> {
  const hasEngine = (await run(['dockerd', '--version'], { timeoutMs: answerMs })).exitCode === 0
  if (hasEngine && asked.kind !== 'no-client') return
  const names = await apt.known(chosen === undefined ? ['docker.io', 'docker-cli', 'iptables'] : ['docker-cli'])
  const wanted = names.length === 0 ? ['docker.io'] : names
  note(`installing ${wanted.join(', ')}`)
  await apt.install(wanted as [string, ...string[]])
}
