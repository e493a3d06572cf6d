/**
 * Whether each agent was started after what it depends on, by the boot scripts' own reports. Times of one report are of one clock, and
 * no other's: what an agent needs of another machine counts by when the script that waited for it saw it healthy.
 */
import type { Event } from '../journal/event.ts'
import type { History } from '../journal/history.ts'
import { seconds } from './scope.ts'

export interface StartOrder {
  readonly wrong: readonly string[]
  readonly unknown: readonly string[]
  /** Pairs of an agent and what it depends on that were looked at. */
  readonly dependencies: number
}

type Boot = Event<'boot'>
type Started = Boot['started'][number]
type Agent = Event<'topology'>['agents'][number]

/** @param boots of one start of the fleet; dry runs start nothing, and must plan the same layers */
export function startOrder(history: History, boots: readonly Boot[]): StartOrder {
  const agents = history.topology?.agents ?? []
  const inCircle = circlesOf(history, boots)
  const parts = boots
    .filter(({ dryRun }) => !dryRun)
    .map((boot) => {
      const own = agents.filter(({ machine }) => machine === boot.machine)
      const dry = boots.filter(({ machine, dryRun }) => dryRun && machine === boot.machine)
      const pairs = own.flatMap((agent) =>
        agent.dependsOn.filter((need) => !inCircle(agent.id, need)).map((need) => judgePair(boot, agent, need)),
      )
      const planned = dry.every(({ layers }) => JSON.stringify(layers) === JSON.stringify(boot.layers))
      return {
        wrong: pairs.flatMap(({ wrong }) => wrong ?? []),
        unknown: [
          ...untold(boot, own),
          ...pairs.flatMap(({ unknown }) => unknown ?? []),
          ...contradictions(boot),
          ...(planned ? [] : [`boot of ${boot.machine}: its dry run planned other layers than its real run`]),
        ],
        dependencies: pairs.length,
      }
    })
  return {
    wrong: parts.flatMap(({ wrong }) => wrong),
    unknown: parts.flatMap(({ unknown }) => unknown),
    dependencies: parts.reduce((sum, part) => sum + part.dependencies, 0),
  }
}

/** Agents of a circle have no order: they are found fault with as a circle, and not once more for each of its links. */
function circlesOf({ configFindings }: History, boots: readonly Boot[]): (agent: string, need: string) => boolean {
  const circles = [...(configFindings?.findings ?? []), ...boots.flatMap(({ findings }) => findings)]
    .filter(({ rule }) => rule === 'dependency-cycle')
    .map(({ agents }) => new Set(agents))
  return (agent, need) => circles.some((circle) => circle.has(agent) && circle.has(need))
}

function layerOf({ machine, layers }: Boot, id: string): number {
  return layers.findIndex((layer) => layer.some((name) => `${machine}/${name}` === id))
}

/** Of which agents the report does not say all that the order is judged by. */
function untold(boot: Boot, own: readonly Agent[]): string[] {
  const of = `boot of ${boot.machine}`
  if (boot.layers.length === 0) return [`${of}: it names no layers`]
  const ids = own.map(({ id }) => id)
  const placed = boot.layers.flat().map((name) => `${boot.machine}/${name}`)
  const timed = boot.started.map(({ agent }) => agent)
  const say = (what: string, which: readonly string[]) => (which.length > 0 ? [`${of}: ${what}: ${which.join(', ')}`] : [])
  const absurd = boot.started.filter(({ startedMs, healthyMs }) => startedMs < 0 || (healthyMs !== null && healthyMs < startedMs))
  return [
    ...say('in no layer', without(ids, placed)),
    ...say('in more than one layer', repeated(placed)),
    ...say('no start time', without(ids, timed)),
    ...say('more than one start time', repeated(timed)),
    ...say(
      'healthy before the start, or started before the script',
      absurd.map(({ agent }) => agent),
    ),
  ]
}

function without(ids: readonly string[], others: readonly string[]): string[] {
  return ids.filter((id) => !others.includes(id))
}

function repeated(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, place) => ids.indexOf(id) < place))]
}

/** Layers stand in the order in which they were started: where the times say otherwise, one of the two is wrong. */
function contradictions(boot: Boot): string[] {
  const inOrder = boot.layers.map((layer) => boot.started.filter(({ agent }) => layer.some((name) => `${boot.machine}/${name}` === agent)))
  for (const [place, layer] of inOrder.entries()) {
    const last = layer.reduce<Started | undefined>((a, b) => (a && a.startedMs >= b.startedMs ? a : b), undefined)
    const early = inOrder.slice(place + 1).flatMap((later) => later.filter(({ startedMs }) => last && startedMs < last.startedMs))[0]
    if (early && last)
      return [
        `boot of ${boot.machine}: its layers and its times contradict each other: ${early.agent} was started after ${seconds(early.startedMs)}, and ${last.agent} of an earlier layer after ${seconds(last.startedMs)}`,
      ]
  }
  return []
}

interface Pair {
  readonly wrong?: string
  readonly unknown?: string
}

function judgePair(boot: Boot, { id, machine }: Agent, need: string): Pair {
  const own = boot.started.find(({ agent }) => agent === id)
  if (own === undefined) return {} // said of the agent itself
  const began = `boot of ${machine}: ${id} was started after ${seconds(own.startedMs)}`
  const isLocal = need.startsWith(`${machine}/`)
  const other = isLocal ? boot.started.find(({ agent }) => agent === need) : own.waitedFor?.find(({ agent }) => agent === need)
  if (other === undefined)
    return isLocal ? {} : { unknown: `${began}; it did not say when its dependency ${need}, on another machine, was healthy` }
  if (other.healthyMs === null && isLocal) return {} // never healthy, which is said of it
  if (other.healthyMs === null) return { wrong: `${began}, while its dependency ${need} was not healthy` }
  if (own.startedMs < other.healthyMs)
    return { wrong: `${began}, before its dependency ${need} was healthy after ${seconds(other.healthyMs)}` }
  const [layer, layerOfNeed] = [layerOf(boot, id), layerOf(boot, need)]
  if (!isLocal || layer < 0 || layerOfNeed < 0 || layer > layerOfNeed) return {}
  const later = `${need}, healthy after ${seconds(other.healthyMs)}, in layer ${layerOfNeed + 1}`
  return { wrong: `${began}, in layer ${layer + 1}, and its dependency ${later}, which is not an earlier one` }
}
