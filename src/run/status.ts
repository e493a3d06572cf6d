/** Who of a running fleet answers, services as well, as its own observer last saw it. */
import { roleLabel } from '../fleet/compose.ts'
import type { Engine } from '../fleet/engine.ts'
import type { Holdings } from '../fleet/holdings.ts'
import { type Answer, answers } from '../journal/event.ts'
import { observerConfigPath, readObserverConfig } from '../probes/config.ts'
import { readLine } from '../probes/line.ts'

export interface FleetStatus {
  readonly containers: readonly { readonly name: string; readonly status: string }[]
  readonly agents: readonly { readonly agent: string; readonly answer: Answer | 'not seen' }[]
  readonly services: readonly { readonly service: string; readonly answer: Answer | 'not seen' }[]
}

/** Batches come twice a second, and each agent is probed more often than that. */
const recentLines = 8

export async function fleetStatus(engine: Engine, { containers }: Holdings): Promise<FleetStatus> {
  const observer = containers.find(({ labels, state }) => labels[roleLabel] === 'observer' && state === 'running')
  const seen = containers.map(({ name, status }) => ({ name, status })).sort((a, b) => a.name.localeCompare(b.name, 'en'))
  if (!observer) return { containers: seen, agents: [], services: [] }
  const { stdout } = await engine.exec(observer.id, ['cat', observerConfigPath])
  const { targets } = readObserverConfig(stdout, observerConfigPath)
  const last = lastAnswers((await engine.tail(observer.id, recentLines)).split('\n'))
  const standings = targets.map(
    ({ id, probe }, index) => ({ id, isAgent: probe === 'health', answer: last.get(index) ?? 'not seen' }) as const,
  )
  return {
    containers: seen,
    agents: standings.flatMap(({ id, isAgent, answer }) => (isAgent ? [{ agent: id, answer }] : [])),
    services: standings.flatMap(({ id, isAgent, answer }) => (isAgent ? [] : [{ service: id, answer }])),
  }
}

/** Target → its newest answer in these lines of the observer. */
function lastAnswers(lines: readonly string[]): ReadonlyMap<number, Answer> {
  const newest = new Map<number, { readonly atMs: number; readonly answer: Answer }>()
  for (const line of lines) {
    const told = readLine(line)
    if (typeof told === 'string' || told.kind !== 'samples') continue
    for (const [place, target] of told.targets.entries()) {
      const atMs = told.baseMs + (told.scheduled[place] ?? 0)
      const answer = answers[told.answers[place] ?? -1]
      if (answer && atMs >= (newest.get(target)?.atMs ?? Number.NEGATIVE_INFINITY)) newest.set(target, { atMs, answer })
    }
  }
  return new Map([...newest].map(([target, { answer }]) => [target, answer]))
}
