/**
 * Sends a load with k6 from its own container, part by part, and journals every answer. After each part it is looked at whether more is
 * needed, by the rule that the judge goes by; nothing is judged here.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Fleet } from '../fleet/fleet.ts'
import { k6Path } from '../fleet/load.ts'
import type { Agent, AgentId, Topology } from '../fleet/topology.ts'
import { answers } from '../journal/event.ts'
import { type LoadEndEvent, type LoadEvent, type LoadSamplesEvent, loadArms } from '../journal/load-event.ts'
import { type LoadSlot, replicateMs, requestsOf, slotsOf } from '../journal/load-slots.ts'
import { levelOf } from '../statistics/looks.ts'
import { look } from '../statistics/slowdown.ts'
import type { PlannedLoad } from './load-plan.ts'
import type { Write } from './planned-fault.ts'

export interface LoadTools {
  readonly fleet: Pick<Fleet, 'load'>
  readonly topology: Topology
  readonly write: Write
}

const script = resolve(import.meta.dirname, '../../fixtures/load/work.js')
/** Long beside a machine that stands still for a moment: that delays all arms, and fails nobody. */
const timeoutMs = 5_000
/** The first question to an agent costs it its server, and a generator its start. */
const warmUpMs = 2_000
/** For k6 to start and to end. */
const slackMs = 20_000

/** @throws GauntletError as Engine.exec, the signal's reason; how far it got stands in the journal */
export async function sendLoad(tools: LoadTools, load: PlannedLoad, when: LoadEvent['when'], signal: AbortSignal): Promise<void> {
  const all: LoadSlot[][] = load.targets.map(() => [])
  for (const [place, upTo] of load.looks.entries()) {
    const replicates = upTo - (load.looks[place - 1] ?? 0)
    const slots = await sendPart(tools, partOf(load, when, replicates, place), signal)
    if (slots === undefined || place === load.looks.length - 1) return
    for (const [target, own] of slots.entries()) all[target]?.push(...own)
    const strata = new Map(load.targets.map(({ machine }, target) => [machine, (all[target] ?? []).map((during) => ({ during }))]))
    if (look(strata, load.margins, levelOf(load.looks, place), timeoutMs).outcome !== 'unknown') return
  }
}

function partOf(load: PlannedLoad, when: LoadEvent['when'], replicates: number, place: number): LoadEvent {
  const { design, ratePerS, slotMs, looks, seed, targets, old, new: changed } = load
  const asks = { old, twin: old, new: changed }
  const terms = { design, when, ratePerS, slotMs, replicates, looks, timeoutMs, warmUpMs, seed: seed + place, targets, asks }
  return { kind: 'load', load: `${when}-${place + 1}`, ...terms }
}

/** @returns its slots; undefined when it was not sent whole */
async function sendPart({ fleet, topology, write }: LoadTools, part: LoadEvent, signal: AbortSignal) {
  write(part)
  const perSecond = part.ratePerS * loadArms.length
  const lastsMs = warmUpMs + part.replicates * replicateMs(part)
  const limitS = Math.ceil((lastsMs + slackMs) / 1000)
  const plan = JSON.stringify(planOf(part, topology, perSecond))
  const own = ['--quiet', '--no-color', '--no-usage-report', '--address', '', '--log-output', 'stdout', '--log-format', 'raw']
  const argv = ['timeout', '-k', '5', String(limitS), k6Path, 'run', ...own, '--env', `PLAN=${plan}`, '-']
  const heard = listener(part, perSecond, write)
  try {
    const stdin = readFileSync(script, 'utf8')
    const { exitCode, stderr } = await fleet.load().run(argv, { stdin, timeoutMs: limitS * 1000 + slackMs, signal, onLine: heard.line })
    write(heard.end(exitCode, stderr))
    return exitCode === 0 && heard.isWhole() ? slotsOf(part, heard.batches) : undefined
  } catch (error) {
    // It would end by itself; what is sent until then would fall on a fleet that is being put in order.
    await fleet
      .load()
      .run(['pkill', '-x', 'k6'])
      .catch(() => undefined)
    throw error
  }
}

/** As fixtures/load/work.js reads it. */
function planOf(part: LoadEvent, topology: Topology, perSecond: number) {
  const urlOf = (id: string) => {
    const { machine, port } = topology.agents.get(id as AgentId) as Agent
    return `http://${topology.machines.get(machine)?.mgmtName}:${port}`
  }
  return {
    targets: part.targets.map(({ agents }) => loadArms.map((arm) => agents[arm].map(urlOf))),
    asks: loadArms.map((arm) => part.asks[arm]),
    answers,
    design: part.design,
    seed: part.seed,
    timeoutMs,
    perSecond,
    warmUp: (perSecond * warmUpMs) / 1000,
    requests: requestsOf(part) / part.targets.length,
    slotRequests: (perSecond * part.slotMs) / 1000,
    users: Math.ceil((perSecond * timeoutMs) / 1000), // as many as there can be at once, if nobody answers
  }
}

type Columns = Omit<LoadSamplesEvent, 'kind'>
type Row = readonly [target: number, number: number, arm: number, answer: number, tookMs: number]

const batchRows = 1_000
const lastWords = 3

/** Takes k6's lines one by one: answers go to the journal in batches, its summary and its complaints to the end. */
function listener(part: LoadEvent, perSecond: number, write: Write) {
  const batches: Columns[] = []
  let words: readonly string[] = []
  let rows: Row[] = []
  let summary: { readonly sent?: number; readonly dropped?: number } = {}

  function flush(): void {
    if (rows.length === 0) return
    const column = (place: number) => rows.map((row) => row[place] as number)
    const scheduled = column(1).map((number) => (number * 1000) / perSecond)
    const batch = { load: part.load, scheduled, targets: column(0), arms: column(2), answers: column(3), latency: column(4) }
    batches.push(batch)
    write({ kind: 'load-samples', ...batch })
    rows = []
  }

  return {
    batches,
    line(text: string): void {
      const said = parsed(text)
      if (Array.isArray(said)) rows.push(said as unknown as Row)
      else if (said !== undefined) summary = said
      else if (text.trim() !== '') words = [...words, text.trim()].slice(-lastWords)
      if (rows.length >= batchRows) flush()
    },
    isWhole: () => summary.sent === requestsOf(part) && summary.dropped === 0,
    end(exitCode: number, stderr: string): LoadEndEvent {
      flush()
      const { sent = null, dropped = null } = summary
      const said = [...words, ...stderr.trim().split('\n').slice(-lastWords)].join('; ').trim()
      return { kind: 'load-end', load: part.load, sent, dropped, exitCode, said }
    },
  }
}

function parsed(text: string): object | undefined {
  if (!/^[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text) as object
  } catch {
    return undefined
  }
}
