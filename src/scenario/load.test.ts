/** What a scenario may say of a load, and what is refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { criteria } from '../checks/index.ts'
import { faults } from '../faults/index.ts'
import { openLibrary } from './library.ts'

const ours = join(import.meta.dirname, '../../scenarios')
const kinds = Object.fromEntries(Object.entries(faults).map(([kind, { params }]) => [kind, params]))
const vocabulary = { faults: kinds, criteria: criteria.map(({ id }) => id) }
const folder = mkdtempSync(join(tmpdir(), 'gauntlet-load-'))
afterAll(() => rmSync(folder, { recursive: true }))

const good = `name: try
hypothesis: It holds.
risks: [D]
criteria: [latency]
steady: 12s
faults:
  - { kind: change, target: { machine: pc2, count: 1 }, at: 0s, hold: 6m, params: { what: both-releases } }
  - { kind: change, target: { machine: mainpc, count: 1 }, at: 8s, hold: 6m, params: { what: both-releases } }
load:
  design: duet
  old: { path: /work/1, says: '1' }
  new: { path: /work/2, says: '2' }
recovery: 2m
`

function read(text: string) {
  const file = join(folder, 'try.yaml')
  writeFileSync(file, text)
  const library = openLibrary(ours, vocabulary)
  try {
    return library.scenario(file)
  } catch (error) {
    return (error as { problems: readonly { line: number; message: string }[] }).problems.map(({ line, message }) => `${line} ${message}`)
  }
}

test('a load has the defaults of the statistics, and looks that are set before', () => {
  const asked = { old: { path: '/work/1', says: '1' }, new: { path: '/work/2', says: '2' } }
  const defaults = { design: 'duet', ratePerS: 42, slotMs: 10_000, looks: [12, 18, 24, 30] }
  expect(read(good)).toMatchObject({ load: { ...defaults, ...asked } })
  const short = good.replace('design: duet', 'design: control\n  rate: 100\n  slot: 4s\n  slots: 14')
  expect(read(short)).toMatchObject({ load: { design: 'control', ratePerS: 100, slotMs: 4_000, looks: [14] } })
})

test.each([
  ['design: duet', 'design: trio', '10 design: expected one of duet, abba, control'],
  ['design: duet', 'design: duet\n  rate: 39', '10 load: expected a whole number of requests a slot and arm, at least 400, found 390'],
  ['design: duet', 'design: duet\n  rate: 501', '11 rate: expected an integer from 1 to 500, found 501'],
  ['design: duet', 'design: duet\n  slots: 11', '11 slots: expected an integer from 12 to 30, found 11'],
  ['design: duet', 'design: duet\n  slots: 20\n  mostSlots: 14', '12 load.mostSlots: expected at least slots, 20, found 14'],
  ['design: duet', 'design: abba', '7 faults.0.hold: expected at least 960s, which the load may take, found 6m'],
  ['at: 8s, hold: 6m', 'at: 8s, hold: 5m', '8 faults.1.hold: expected at least 360s'],
  ['at: 8s, hold: 6m', 'hold: 6m', '8 faults.1: expected at:, since the load is sent while all are held'],
  ['path: /work/1', 'path: work/1', '11 path: expected a path, such as /work'],
  [/load:[\s\S]*(?=recovery)/, '', '4 criteria: expected load:, since it is judged by latency'],
])('instead of %s: %s', (right, wrong, expected) => {
  const said = read(good.replace(right, wrong))
  expect(Array.isArray(said) ? said.some((line) => line.startsWith(expected)) || said : said).toBe(true)
})
