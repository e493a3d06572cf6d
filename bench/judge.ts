/**
 * What judging costs: a journal of ten million samples, read, sorted and judged in a process of its own, whose peak memory and
 * processor time the kernel tells.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventsOf, goodStory } from '../fixtures/histories/build.ts'
import { heartbeatsRead } from '../fixtures/histories/build-reports.ts'
import { once } from '../src/base/gather.ts'
import type { Event } from '../src/journal/event.ts'
import { judgeRun } from '../src/verdict/judge-run.ts'
import { atLeast, atMost, type Group } from './row.ts'

const samples = 10_000_000
const batchMs = 1_000

export function judgeRows(): Group {
  const measured = once(() => judgedApart(samples))
  const how =
    'A journal of a good story is read, sorted and judged in a process of its own, whose processor time and peak memory the kernel tells.'
  return {
    rows: [
      {
        id: 'judge',
        what: `samples judged per core-second, of ${samples / 1e6} million`,
        how,
        unit: 'million',
        target: atLeast(1e6),
        measure: async () => ({ value: samples / measured().cpuSeconds }),
      },
      {
        id: 'judge-memory',
        what: 'memory of judging them',
        how,
        unit: 'MB',
        target: atMost(300),
        measure: async () => ({ value: measured().peakMb }),
      },
    ],
  }
}

interface Judged {
  readonly outcome: string
  /** What is not shown, in the verdict's own words. */
  readonly because: readonly string[]
  readonly cpuSeconds: number
  readonly peakMb: number
}

/** @throws Error where the story is not judged as a good one: then something else would be measured */
function judgedApart(samples: number): Judged {
  const directory = mkdtempSync(join(tmpdir(), 'gauntlet-bench-judge-'))
  try {
    writeJournal(join(directory, 'journal.ndjson'), samples)
    const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, '--child', directory], { encoding: 'utf8' })
    if (stdout === '') throw new Error(`judging ended without a word: ${stderr}`)
    const judged = JSON.parse(stdout) as Judged
    if (judged.outcome !== 'GO') throw new Error(`a journal of a good story is ${judged.outcome}: ${judged.because.join('; ')}`)
    return judged
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** A good story of 77 agents at 4 Hz, whose steady phase is made as long as it takes. */
export function writeJournal(file: string, samples: number): void {
  const agents = Array.from({ length: 77 }, (_, place) => `m${place % 2}/Agent${place}`)
  const perSecond = (agents.length + 1) * 4
  const short = { ...goodStory, agents, intervalMs: 250, stopped: [agents[1] as string] }
  const skeleton = eventsOf(short)
  const firstMs = skeleton.find((event) => event.kind === 'phase' && event.name === 'steady')?.atMs ?? 0
  const told = skeleton.filter(({ kind }) => kind === 'samples').length
  const longerMs = Math.max(0, Math.round(samples / perSecond - told)) * batchMs
  const steady = skeleton.find((event): event is Event<'samples'> => event.kind === 'samples' && event.baseMs >= firstMs + 5_000)
  if (steady === undefined) throw new Error('the story has no batch in its steady phase')
  const journal = openSync(file, 'w')
  let seq = 0
  const write = (event: Event, lateMs: number) =>
    void writeSync(
      journal,
      `${JSON.stringify({ ...longer(event, lateMs, steady.answers.length), seq: seq++, atMs: event.atMs + lateMs })}\n`,
    )
  for (const event of skeleton) {
    const isLate = event.atMs > steady.atMs
    write(event, isLate ? longerMs : 0)
    if (event !== steady) continue
    for (let lateMs = batchMs; lateMs <= longerMs; lateMs += batchMs) write(steady, lateMs)
  }
  closeSync(journal)
}

/** What an event says otherwise that comes later by as many batches of the steady phase: the judge holds each against the others. */
function longer(event: Event, lateMs: number, answersABatch: number): Event {
  if (event.kind === 'samples') return { ...event, baseMs: event.baseMs + lateMs }
  if (event.kind === 'notices') return { ...event, ...heartbeatsRead(event.when, event.atMs + lateMs) }
  if (event.kind === 'observer' && event.state === 'stopped') return { ...event, sent: event.sent + (lateMs / batchMs) * answersABatch }
  return event
}

function child(directory: string): void {
  const before = process.cpuUsage()
  const { verdict } = judgeRun(directory)
  const { user, system } = process.cpuUsage(before)
  const { maxRSS } = process.resourceUsage()
  const unshown = verdict.criteria.filter(({ required, outcome }) => required && outcome !== 'pass')
  const because = [...unshown.map((each) => `${each.id}: ${each.because}`), ...verdict.troubles.map(({ message }) => message)]
  const judged: Judged = { outcome: verdict.outcome, because, cpuSeconds: (user + system) / 1e6, peakMb: Math.round(maxRSS / 1024) }
  process.stdout.write(JSON.stringify(judged))
}

const [mode, directory = ''] = process.argv.slice(2)
if (import.meta.main && mode === '--child') child(directory)
