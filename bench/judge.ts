/**
 * What judging costs: a journal of ten million samples, read, sorted and judged in a process of its own, whose peak memory and
 * processor time the kernel tells. Alone: `node bench/judge.ts [SAMPLES]`.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventsOf, goodStory } from '../fixtures/histories/build.ts'
import type { Event } from '../src/journal/event.ts'
import { judgeRun } from '../src/verdict/judge-run.ts'

export interface JudgeBench {
  readonly samples: number
  readonly samplesPerCoreSecond: number
  readonly peakMb: number
}

const defaultSamples = 10_000_000

export function benchJudge(samples = defaultSamples): JudgeBench {
  const directory = mkdtempSync(join(tmpdir(), 'gauntlet-bench-judge-'))
  try {
    writeJournal(join(directory, 'journal.ndjson'), samples)
    const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, '--child', directory], { encoding: 'utf8' })
    if (stdout === '') throw new Error(`judging ended without a word: ${stderr}`)
    const { outcome, cpuSeconds, peakMb } = JSON.parse(stdout) as { outcome: string; cpuSeconds: number; peakMb: number }
    if (outcome !== 'GO') throw new Error(`a journal of a good story is ${outcome}`)
    return { samples, samplesPerCoreSecond: Math.round(samples / cpuSeconds), peakMb }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** A good story of 77 agents at 4 Hz, whose steady phase is made as long as it takes. */
function writeJournal(file: string, samples: number): void {
  const agents = Array.from({ length: 77 }, (_, place) => `m${place % 2}/Agent${place}`)
  const perSecond = (agents.length + 1) * 4
  const short = { ...goodStory, agents, intervalMs: 250, stopped: [agents[1] as string] }
  const skeleton = eventsOf(short)
  const firstMs = skeleton.find((event) => event.kind === 'phase' && event.name === 'steady')?.atMs ?? 0
  const told = skeleton.filter(({ kind }) => kind === 'samples').length
  const longerMs = Math.max(0, Math.round(samples / perSecond - told)) * 1_000
  const steady = skeleton.find((event): event is Event<'samples'> => event.kind === 'samples' && event.baseMs >= firstMs + 5_000)
  if (steady === undefined) throw new Error('the story has no batch in its steady phase')
  const journal = openSync(file, 'w')
  let seq = 0
  const write = (event: Event, lateMs: number) => {
    const base = event.kind === 'samples' ? { baseMs: event.baseMs + lateMs } : {}
    const heart = event.kind === 'notices' ? { heartbeatMs: (event.heartbeatMs ?? 0) + lateMs } : {}
    writeSync(journal, `${JSON.stringify({ ...event, ...base, ...heart, seq: seq++, atMs: event.atMs + lateMs })}\n`)
  }
  for (const event of skeleton) {
    const isLate = event.atMs > steady.atMs
    write(event, isLate ? longerMs : 0)
    if (event !== steady) continue
    for (let lateMs = 1_000; lateMs <= longerMs; lateMs += 1_000) write(steady, lateMs)
  }
  closeSync(journal)
}

function child(directory: string): void {
  const before = process.cpuUsage()
  const { verdict } = judgeRun(directory)
  const { user, system } = process.cpuUsage(before)
  const { maxRSS } = process.resourceUsage()
  process.stdout.write(JSON.stringify({ outcome: verdict.outcome, cpuSeconds: (user + system) / 1e6, peakMb: Math.round(maxRSS / 1024) }))
}

const [mode, argument] = process.argv.slice(2)
if (import.meta.main && mode === '--child') child(argument ?? '')
else if (import.meta.main) process.stdout.write(`${JSON.stringify(benchJudge(mode === undefined ? undefined : Number(mode)))}\n`)
