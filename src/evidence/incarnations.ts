/**
 * Whether each agent is the process that it was. An agent that was restarted while nothing was aimed at it was down, or was touched,
 * whatever its probes were lucky enough to see. The kernel's word counts, an agent's own only beside it.
 */
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { concluded, type Finding, unknown } from './finding.ts'
import { many, radiusOf, readAfter, readBefore } from './scope.ts'

type Process = Event<'processes'>['records'][number]

/** One look at all machines. */
interface Seen {
  readonly machines: ReadonlySet<string>
  /** More than one where the kernel shows several under one name. */
  readonly of: ReadonlyMap<string, readonly Process[]>
  readonly seqs: readonly Event['seq'][]
}

/** No bystander of this scenario was restarted in it, and no agent at all between it and the scenario before on the same fleet. */
export function restartedBystanders(history: History, scenario: ScenarioHistory): Finding {
  const listed = history.topology?.agents.map(({ id }) => id) ?? []
  const radius = radiusOf(scenario)
  const bystanders = listed.filter((agent) => !radius.has(agent))
  if (bystanders.length === 0) return unknown('no agent is outside the blast radius', 'a fleet with agents that no fault is aimed at')
  const [before, after] = [processesBefore(scenario), processesAfter(scenario)]
  const within = compared(history, bystanders, before, after, ['before', 'after'])
  const previous = previousOnFleet(history, scenario)
  const between = previous && compared(history, listed, processesAfter(previous), before, ['in the scenario before', 'before'])

  const restarted = [
    ...within.restarted.map((words) => `${words}, and no fault of this scenario was aimed at it`),
    ...(between?.restarted ?? []).map((words) => `${words}, restarted between two scenarios`),
  ]
  const measure = { value: restarted.length, limit: 0, unit: 'findings' } as const
  const seqs = [...before.seqs, ...after.seqs, ...(previous ? processesAfter(previous).seqs : [])]
  if (restarted.length > 0) return concluded('fail', measure, restarted.join('; '), seqs)
  const open = [
    ...within.open,
    ...(between?.open ?? []),
    ...(!scenario.declared.coldStart && previous === undefined ? ['the scenario before on this fleet is not known'] : []),
    ...newByTheirWord(scenario, bystanders).map((words) => `${words} by its own word, and the same one by the kernel’s`),
  ]
  if (open.length > 0) return unknown([...new Set(open)].join('; '), 'a run that reads the processes of every machine, before and after')
  return concluded('pass', measure, `${many(bystanders.length, 'bystander')} still the same processes (kernel pid and start time)`, seqs)
}

/** Agents whose own account is of another process than before, in words. */
export function newByTheirWord(scenario: ScenarioHistory, agents: readonly string[]): readonly string[] {
  const read = (events: readonly Event<'accounts'>[], when: 'before' | 'after') => events.findLast((event) => event.when === when)?.records
  const before = read(readBefore(scenario, 'accounts'), 'before') ?? []
  const after = read(readAfter(scenario, 'accounts'), 'after') ?? []
  return agents.flatMap((agent) => {
    const known = before.filter((record) => record.agent === agent).map(({ incarnation }) => incarnation)
    const other = after.find((record) => record.agent === agent && known.length > 0 && !known.includes(record.incarnation))
    return other === undefined ? [] : [`${agent} is another process than before (incarnation ${known.join(', ')} → ${other.incarnation})`]
  })
}

/** Of these agents, those whose process after the faults is the one from before them, by the kernel. */
export function sameProcesses(scenario: ScenarioHistory, agents: readonly string[]): readonly Process[] {
  const [before, after] = [processesBefore(scenario), processesAfter(scenario)]
  return agents.flatMap((agent) => {
    const known = before.of.get(agent) ?? []
    return (after.of.get(agent) ?? []).filter((process) => known.some((other) => isSame(process, other)))
  })
}

function processesBefore(scenario: ScenarioHistory): Seen {
  return seenIn(readBefore(scenario, 'processes').filter(({ when }) => when === 'before'))
}

function processesAfter(scenario: ScenarioHistory): Seen {
  return seenIn(readAfter(scenario, 'processes').filter(({ when }) => when === 'after'))
}

/** Of each machine the last look. */
function seenIn(events: readonly Event<'processes'>[]): Seen {
  const last = [...new Map(events.map((event) => [event.machine, event])).values()]
  const of = Map.groupBy(
    last.flatMap(({ machine, records }) => records.filter(({ agent }) => agent.startsWith(`${machine}/`))),
    ({ agent }) => agent,
  )
  return { machines: new Set(last.map(({ machine }) => machine)), of, seqs: last.map(({ seq }) => seq) }
}

/** The scenario whose fleet this one was played on, where it has none of its own. */
function previousOnFleet({ scenarios }: History, scenario: ScenarioHistory): ScenarioHistory | undefined {
  return scenario.declared.coldStart ? undefined : scenarios[scenarios.indexOf(scenario) - 1]
}

function compared({ topology }: History, agents: readonly string[], then: Seen, now: Seen, [thenName, nowName]: readonly [string, string]) {
  const restarted: string[] = []
  const open: string[] = []
  const looks = [[then, thenName] as const, [now, nowName] as const]
  const machines = topology?.machines.map(({ id }) => id) ?? []
  for (const [{ machines: read }, name] of looks)
    open.push(...machines.filter((machine) => !read.has(machine)).map((machine) => `the processes of ${machine} were not read ${name}`))
  for (const agent of agents) {
    const [[old, ...olds], [young, ...youngs]] = [then.of.get(agent) ?? [], now.of.get(agent) ?? []]
    const machine = agent.slice(0, agent.indexOf('/'))
    for (const [{ machines: read, of }, name] of looks)
      if (read.has(machine) && !of.has(agent)) open.push(`no process of ${agent} was found ${name}`)
    if (olds.length + youngs.length > 0) open.push(`more than one process is called ${agent}`)
    else if (old && young && !isSame(old, young)) restarted.push(`${agent} is another process than before (${turned(old, young)})`)
  }
  return { restarted, open }
}

function isSame(a: Process, b: Process): boolean {
  return a.pid === b.pid && a.startTicks === b.startTicks
}

/** Ids are given out again: where they are equal, the start tells the two apart. */
function turned(old: Process, young: Process): string {
  return old.pid === young.pid ? `pid ${old.pid}, start ${old.startTicks} → ${young.startTicks}` : `pid ${old.pid} → ${young.pid}`
}
