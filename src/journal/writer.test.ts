import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { goodStory } from '../../fixtures/histories/build.ts'
import type { Clock } from '../base/clock.ts'
import type { RunEvent, SamplesEvent } from './event.ts'
import { openJournal } from './writer.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function steppingClock(): Clock & { advance(ms: number): void } {
  let now = 5_000
  return {
    nowMs: () => now,
    wall: () => new Date(0),
    sleep: async () => {},
    advance(ms) {
      now += ms
    },
  }
}

const run: RunEvent = {
  kind: 'run',
  schema: 'gauntlet/journal@2',
  id: 'r1',
  startedAt: '2026-01-01T00:00:00.000Z',
  reproduce: './gauntlet gate --seed 1',
  seed: 1,
  profile: 'phase0',
  timeScale: 1,
  defects: [],
  vault: 'none',
  commit: null,
  dirty: false,
  images: {},
  host: { cores: 2, memoryMb: 1024, kernel: '6', engine: '20.10', abilities: [] },
  suite: { name: 'gate', scenarios: [], requires: [] },
  promises: goodStory.limits,
}
const batch = (n: number): SamplesEvent => ({
  kind: 'samples',
  baseMs: 0,
  scheduled: Array.from({ length: n }, (_, i) => i * 100),
  targets: Array.from({ length: n }, () => 0),
  answers: Array.from({ length: n }, () => 0),
  latency: Array.from({ length: n }, () => 1),
  lateMs: 0,
})

const lines = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('openJournal', () => {
  test('numbers events densely and dates them on the clock of the run', async () => {
    const clock = steppingClock()
    const file = join(directory, 'deep', 'journal.ndjson')
    {
      await using journal = openJournal(file, clock)
      expect(journal.write(run)).toMatchObject({ seq: 0, atMs: 0, kind: 'run' })
      clock.advance(12.3456)
      expect(journal.write({ kind: 'phase', name: 'steady' })).toMatchObject({ seq: 1, atMs: 12.346 })
      expect(journal.nowMs()).toBe(12.346)
    }
    expect(lines(file).map(({ seq, kind }) => [seq, kind])).toEqual([
      [0, 'run'],
      [1, 'phase'],
    ])
  })

  test('an event can be read before the journal is closed, as a killed harness would leave it', async () => {
    const file = join(directory, 'journal.ndjson')
    await using journal = openJournal(file, steppingClock())
    journal.write(run)
    expect(lines(file)).toHaveLength(1)
  })

  test('one run, one journal: an existing file is refused', async () => {
    const file = join(directory, 'journal.ndjson')
    await using journal = openJournal(file, steppingClock())
    journal.write(run)
    expect(() => openJournal(file, steppingClock())).toThrow(expect.objectContaining({ code: 'harness/journal' }))
    expect(lines(file)).toHaveLength(1)
  })

  test('refuses to start with anything but the run, and to write once closed', async () => {
    const journal = openJournal(join(directory, 'journal.ndjson'), steppingClock())
    expect(() => journal.write({ kind: 'phase', name: 'steady' })).toThrow('first event')
    await journal[Symbol.asyncDispose]()
    await journal[Symbol.asyncDispose]()
    expect(() => journal.write(run)).toThrow(expect.objectContaining({ code: 'harness/journal' }))
  })

  test('a full journal says so once, leaves samples out, keeps the rest, and stays dense', async () => {
    const file = join(directory, 'journal.ndjson')
    {
      await using journal = openJournal(file, steppingClock(), { maxBytes: 20_000 })
      journal.write(run)
      const returned = Array.from({ length: 30 }, () => journal.write(batch(100)).kind)
      expect(returned).toContain('samples')
      expect(returned.at(-1)).toBe('trouble')
      expect(journal.write({ kind: 'end', endedAt: '2026-01-01T00:01:00.000Z', interrupted: false }).kind).toBe('end')
    }
    const written = lines(file)
    expect(readFileSync(file).length).toBeLessThanOrEqual(20_000)
    expect(written.filter(({ kind }) => kind === 'trouble')).toMatchObject([{ code: 'harness/journal' }])
    expect(written.map(({ seq }) => seq)).toEqual(written.map((_, i) => i))
    expect(written.at(-1)).toMatchObject({ kind: 'end' })
  })

  test('what is no sample and does not fit is an error, not a silence', async () => {
    await using journal = openJournal(join(directory, 'journal.ndjson'), steppingClock(), { maxBytes: 1_000 })
    journal.write(run)
    const long = { kind: 'agent-log', agent: 'mainpc/A', lines: ['x'.repeat(1_000)] } as const
    expect(() => journal.write(long)).toThrow(expect.objectContaining({ code: 'harness/journal' }))
  })

  test('a place that cannot be made is an error of the journal', () => {
    writeFileSync(join(directory, 'file'), '')
    expect(() => openJournal(join(directory, 'file', 'journal.ndjson'), steppingClock())).toThrow(
      expect.objectContaining({ code: 'harness/journal' }),
    )
  })

  test('a disk that fills up in the middle of a line leaves whole lines only, and says so', () => {
    const file = join(directory, 'journal.ndjson')
    const script = `
      const { openJournal } = await import(${JSON.stringify(new URL('./writer.ts', import.meta.url).href)})
      const journal = openJournal(${JSON.stringify(file)}, { nowMs: () => 0 })
      journal.write({ kind: 'run' })
      try {
        for (;;) journal.write({ kind: 'agent-log', agent: 'a', lines: ['x'.repeat(700)] })
      } catch (error) {
        process.stdout.write(error.code)
      }`
    // The largest file allowed is 4 blocks; with the signal ignored, the write that crosses it is cut short and the next one fails.
    const shell = `trap '' XFSZ; ulimit -f 4; exec "$0" --input-type=module -e "$1"`
    expect(execFileSync('sh', ['-c', shell, process.execPath, script], { encoding: 'utf8', timeout: 30_000 })).toBe('harness/journal')
    expect(readFileSync(file, 'utf8')).toMatch(/}\n$/)
    expect(lines(file).length).toBeGreaterThan(1)
  })
})
