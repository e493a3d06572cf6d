import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventsOf, historyFrom, journalOf, placed, renumbered, smallStory } from '../../fixtures/histories/build.ts'
import type { Event, SamplesEvent } from './event.ts'
import { verifyManifest } from './manifest.ts'
import { historyOf, readHistory } from './reader.ts'

const small = eventsOf(smallStory)
const lines = journalOf(small).split('\n').slice(0, -1)
const joined = (changed: readonly string[]) => `${changed.join('\n')}\n`
const refused = (problem: RegExp) => expect.objectContaining({ code: 'usage/run', message: expect.stringMatching(problem) })

describe('a whole journal', () => {
  test('is sorted into scenarios and phases, whose ends meet', () => {
    const { scenarios, end, torn, troubles, observer } = historyFrom(journalOf(small))
    expect(scenarios).toHaveLength(1)
    const [scenario] = scenarios
    expect(scenario?.phases.map(({ name }) => name)).toEqual(['bring-up', 'steady', 'fault', 'recovery', 'final'])
    expect(scenario?.phases.slice(1).map(({ fromMs }) => fromMs)).toEqual(scenario?.phases.slice(0, -1).map(({ toMs }) => toMs))
    expect(scenario?.phases.at(-1)?.toMs).toBe(end?.atMs)
    expect(scenario?.of('boot')).toHaveLength(4)
    expect(scenario?.of('trouble')).toEqual([])
    expect({ torn, troubles, state: observer?.state }).toEqual({ torn: false, troubles: [], state: 'started' })
  })

  test('reads the same from chunks of any size', () => {
    const bytes = Buffer.from(journalOf(small))
    const whole = historyOf('j', bytes.length, [bytes])
    for (const size of [1, 7, 4096]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
      const { samples, end } = historyOf('j', bytes.length, chunks)
      expect(end).toEqual(whole.end)
      expect(samples).toEqual(whole.samples)
    }
  })

  test('two scenarios each hold their own events', () => {
    const declared = small.find(({ kind }) => kind === 'scenario') as Event<'scenario'>
    const again = small.filter(({ kind }) => kind === 'phase')
    const events = renumbered([...small.slice(0, -1), { ...declared, name: 'second' }, ...again.slice(1), small.at(-1) as Event])
    const { scenarios } = historyFrom(journalOf(events))
    expect(scenarios.map(({ declared: { name }, phases }) => [name, phases.length])).toEqual([
      ['agent-hang', 5],
      ['second', 4],
    ])
    expect(scenarios[1]?.of('boot')).toEqual([])
  })
})

describe('samples', () => {
  const agents = [0, 1, 2] // two agents and the sentinel
  const batch = (columns: Partial<SamplesEvent>) =>
    ({
      kind: 'samples',
      baseMs: 0,
      scheduled: [],
      targets: [],
      answers: [],
      latency: [],
      lateMs: 0,
      seq: 0,
      atMs: 50_000,
      ...columns,
    }) as Event
  const observer = (state: 'started' | 'stopped', atMs: number) =>
    ({ ...(small.find((event) => event.kind === 'observer' && event.state === state) as Event<'observer'>), intervalMs: 10, atMs }) as Event
  const told = (...batches: readonly Event[]) => [
    ...small.slice(0, 3),
    observer('started', 10),
    ...batches,
    observer('stopped', 69_000),
    { ...(small.at(-1) as Event), atMs: 70_000 },
  ]
  const read = (...batches: readonly Event[]) => historyFrom(journalOf(renumbered(told(...batches))))

  test('come out by their instants, wherever they stood', () => {
    const { samples } = read(
      batch({ baseMs: 3_000, scheduled: [20, 10, 10], targets: [0, 1, 0], answers: [0, 1, 2], latency: [4, 5, 6] }),
      batch({ baseMs: 2_000, scheduled: [5, 1_010], targets: [0, 2], answers: [0, 3], latency: [7, 8] }),
    )
    expect([...samples.scheduledMs]).toEqual([2_005, 3_010, 3_010, 3_010, 3_020])
    expect([...samples.target]).toEqual([0, 0, 1, 2, 0])
    expect([...samples.answer]).toEqual([0, 2, 1, 3, 0])
    expect([...samples.batch]).toEqual([5, 4, 4, 5, 4])
  })

  test('far out of order they come out the same', () => {
    const n = 3_000
    const places = Array.from({ length: n }, (_, i) => i)
    const columns = (order: readonly number[]) =>
      batch({
        scheduled: [...order],
        targets: order.map((i) => i % 2),
        answers: order.map((i) => i % 8),
        latency: order.map((i) => i % 1_000),
      })
    const { samples } = read(columns(places))
    expect(read(columns(places.toReversed())).samples).toEqual(samples)
    expect(samples.length).toBe(n)
  })

  test('of two for one slot one is left: what both say, or else unknown; and they are counted, which makes a doubt', () => {
    const one = (said: number) => batch({ scheduled: [10], targets: [0], answers: [said], latency: [1] })
    for (const [first, second, kept] of [
      [0, 1, 7],
      [1, 0, 7],
      [7, 0, 7],
      [7, 2, 7],
      [0, 0, 0],
      [2, 2, 2],
    ] as const) {
      const { samples, troubles } = read(one(first), one(second))
      expect([...samples.answer]).toEqual([kept])
      expect(samples.doubled).toBe(1)
      expect(troubles).toMatchObject([{ code: 'journal/doubt', message: 'samples of slots that have one already: 1' }])
    }
  })

  test('of one target, closer together than half an interval, are of one slot; half an interval apart, and of two targets, they are not', () => {
    const at = (gapMs: number, other = 0) =>
      read(batch({ scheduled: [10, 10 + gapMs], targets: [0, other], answers: [0, 0], latency: [1, 1] })).samples
    expect([at(4.9).doubled, at(5).doubled, at(10).doubled, at(1, 1).doubled]).toEqual([1, 0, 0, 0])
    expect(at(4.9).length).toBe(2)
  })

  test('that are missing are not made up for by others that stand there twice', () => {
    const [first, second] = [1_000, 2_000].map((baseMs) => batch({ baseMs, scheduled: [10], targets: [0], answers: [0], latency: [1] }))
    const { troubles } = historyFrom(journalOf(placed(renumbered(told(first as Event, second as Event)).with(5, first as Event))))
    expect(troubles.map(({ message }) => message)).toEqual(['samples of slots that have one already: 1'])
  })

  test.each([
    ['of nobody', { targets: [3] }],
    ['of half an agent', { targets: [0.5] }],
    ['of an agent before the first', { targets: [-1] }],
    ['with no answer that is known', { answers: [8] }],
    ['with no time', { scheduled: [null as unknown as number] }],
    ['before the run', { scheduled: [-1] }],
    ['later than they were written', { scheduled: [60_000] }],
    ['quicker than at once', { latency: [-1] }],
    ['with a word for a number', { latency: ['1' as unknown as number] }],
  ])('%s are left out, and make a trouble', (_, wrong) => {
    const good = { scheduled: [10], targets: [0], answers: [0], latency: [1] }
    const { samples, troubles } = read(batch(good), batch({ ...good, scheduled: [20], ...wrong }))
    expect(samples.length).toBe(1)
    expect(troubles).toMatchObject([{ code: 'journal/doubt', message: expect.stringMatching(/^1 sample/) }])
  })

  test('before anybody is known are of nobody', () => {
    const { samples, troubles } = historyFrom(
      journalOf(renumbered([small[0] as Event, batch({ scheduled: [1], targets: [agents[0] as number], answers: [0], latency: [1] })])),
    )
    expect({ length: samples.length, troubles: troubles.length }).toEqual({ length: 0, troubles: 1 })
  })
})

describe('what is not a journal is refused, with its place', () => {
  test.each([
    ['run', 'timeScale', 'defects', 'vault'],
    ['topology', 'services', 'places'],
    ['scenario', 'planned'],
    ['notices', 'heartbeatsMs', 'uncertainMs', 'deployed'],
    ['leftovers', 'processes', 'files'],
  ])('an event %s that lacks any of its fields', (kind, ...fields) => {
    const place = small.findIndex((event) => event.kind === kind)
    for (const field of fields) {
      const journal = joined(lines.with(place, JSON.stringify({ ...small[place], [field]: undefined })))
      expect(() => historyFrom(journal)).toThrow(new RegExp(`line ${place + 1}: ${kind} .*${field}`))
    }
  })
  test('an observer that ended and does not say how much it sent', () => {
    const place = small.findIndex((event) => event.kind === 'observer' && event.state === 'stopped')
    for (const field of ['sent', 'unsent'])
      expect(() => historyFrom(joined(lines.with(place, JSON.stringify({ ...small[place], [field]: undefined }))))).toThrow(/: observer/)
  })

  const without = (place: number) => lines.filter((_, i) => i !== place)
  const replaced = (place: number, line: string) => lines.with(place, line)
  const changedTo = (place: number, change: object) => replaced(place, JSON.stringify({ ...small[place], ...change }))
  const place = (kind: string) => small.findIndex((event) => event.kind === kind)
  const { answer, problem, ageMs, ...proof } = small[place('proof')] as Event<'proof'>
  const printed = JSON.stringify({ ...proof, exitCode: 0, stdout: `state=${answer}`, stderr: problem ?? '', asked: true, age: ageMs })

  test.each([
    ['an empty file', '', /no whole line/],
    ['another file', 'hello\nworld\n', /line 1: no JSON/],
    ['a list', '[1]\n', /line 1: no JSON object/],
    ['an event that is missing', joined(without(5)), /line 6: event 6 stands where 5 belongs/],
    ['an event that stands twice', joined([...lines.slice(0, 5), lines[4] as string, ...lines.slice(5)]), /line 6: event 4 stands where 5/],
    ['no run at its start', joined([JSON.stringify({ ...small[1], seq: 0 })]), /line 1: a journal starts with run/],
    [
      'another version',
      joined(changedTo(0, { schema: 'gauntlet/journal@1' })),
      /line 1: this journal keeps to "gauntlet\/journal@1", .* judge it by the commit that made it/,
    ],
    ['what was printed, where an answer belongs', joined(replaced(place('proof'), printed)), /line \d+: proof/],
    ['a broken line in the middle', joined(replaced(5, (lines[5] as string).slice(0, -3))), /line 6: no JSON/],
    ['an event nobody knows', joined(changedTo(5, { kind: 'party' })), /line 6: no event is called "party"/],
    [
      'an event without its fields',
      joined(replaced(place('plan'), JSON.stringify({ seq: place('plan'), atMs: 1, kind: 'plan' }))),
      /line \d+: plan/,
    ],
    ['an event without a time', joined(changedTo(5, { atMs: null })), /line 6: an event has no atMs/],
    ['an event at no end of time', joined(changedTo(5, { atMs: 12345678 })).replace('12345678', '1e999'), /line 6: an event has no atMs/],
    ['columns of unequal length', joined(changedTo(place('samples'), { targets: [] })), /columns of samples are of unequal length/],
    [
      'no word of how late they were sent',
      joined(changedTo(place('samples'), { lateMs: undefined })),
      /samples do not say how late they were sent/,
    ],
    ['no columns', joined(changedTo(place('samples'), { latency: 7 })), /samples have no columns/],
    ['something behind the end', joined([...lines, JSON.stringify({ ...small[4], seq: small.length })]), /phase stands behind the end/],
    ['binary', '\0\u0001\u0002\n', /line 1: no JSON/],
  ])('%s', (_, text, problem) => {
    expect(() => historyFrom(text)).toThrow(refused(problem))
  })

  test('a file that is not there', () => {
    expect(() => readHistory('/nowhere/journal.ndjson')).toThrow(refused(/nowhere.*: no such file, so that no run is there$/))
  })

  test('what is no file is neither waited for nor read without end', () => {
    const directory = mkdtempSync(join(tmpdir(), 'no-journal-'))
    try {
      const pipe = join(directory, 'pipe')
      execFileSync('mkfifo', [pipe])
      expect(() => readHistory(directory)).toThrow(refused(/: a directory$/))
      expect(() => readHistory(pipe)).toThrow(refused(/not a regular file/))
      const huge = join(directory, 'huge')
      writeFileSync(huge, '')
      truncateSync(huge, 300 * 1024 ** 3)
      expect(() => readHistory(huge)).toThrow(refused(/too large to be one: 322122547200 bytes/))
      expect(() => readHistory('/dev/zero')).toThrow(refused(/not a regular file/))
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('a line without end', () => {
    const chunk = Buffer.alloc(2 ** 25, 'a')
    expect(() => historyOf('j', 3 * chunk.length, [chunk, chunk, chunk])).toThrow(refused(/line 1: a line is longer than \d+ bytes/))
  })

  test('a last line without its end is left out and flagged, even where it looks whole', () => {
    const { torn, end } = historyFrom(joined(lines).slice(0, -1))
    expect({ torn, end }).toEqual({ torn: true, end: undefined })
  })
})

describe('a manifest', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'manifest-'))
    writeFileSync(join(directory, 'journal.ndjson'), 'whatever')
  })
  afterEach(() => rmSync(directory, { recursive: true }))
  const hash = createHash('sha256').update('whatever').digest('hex')
  const write = (files: unknown) =>
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ schema: 'gauntlet/manifest@1', files }))

  test('that vouches for what is there is silent, and so is its absence', () => {
    verifyManifest(directory)
    write({ 'journal.ndjson': hash })
    verifyManifest(directory)
  })

  test.each([
    ['another hash', { 'journal.ndjson': hash.replace(/^./, 'x') }, /journal\.ndjson was changed/],
    ['a file that is gone', { 'journal.ndjson': hash, 'verdict.json': hash }, /verdict\.json is missing/],
    ['a file elsewhere', { 'journal.ndjson': hash, '../x': hash }, /\.\.\/x is not beside the manifest/],
    ['not the journal', {}, /does not vouch/],
    ['no names', 7, /it is no manifest: \/files must be object/],
  ])('with %s is refused', (_, files, problem) => {
    write(files)
    expect(() => verifyManifest(directory)).toThrow(refused(problem))
  })

  test('that is there and cannot be read is not taken for one that is not there', () => {
    mkdirSync(join(directory, 'manifest.json'))
    expect(() => verifyManifest(directory)).toThrow(refused(/it is no manifest: a directory$/))
  })

  test('that is no JSON says where it is not', () => {
    writeFileSync(join(directory, 'manifest.json'), '{ "files": }')
    expect(() => verifyManifest(directory)).toThrow(refused(/it is no manifest: no JSON: Unexpected token/))
  })

  test('what it vouches for is neither waited for, nor called missing where it cannot be read', () => {
    write({ 'journal.ndjson': hash, pipe: hash, loop: hash })
    execFileSync('mkfifo', [join(directory, 'pipe')])
    symlinkSync('loop', join(directory, 'loop'))
    expect(() => verifyManifest(directory)).toThrow(refused(/pipe is not a regular file, loop is not readable: ELOOP$/))
  })
})
