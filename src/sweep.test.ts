import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claim } from './base/owner.ts'
import type { Holdings } from './fleet/holdings.ts'
import { enginesIn, reasonToLeave, sweep } from './sweep.ts'

let reports: string
beforeEach(() => {
  reports = mkdtempSync(join(tmpdir(), 'gauntlet-sweep-'))
})
afterEach(() => rmSync(reports, { recursive: true }))

function network(labels: Readonly<Record<string, string>>): Holdings {
  return { containers: [], networks: [{ id: 'n', name: 'n', labels: { 'gauntlet.host': hostname(), ...labels } }], volumes: [] }
}

function claimed(folder: string): string {
  mkdirSync(folder, { recursive: true })
  claim(folder)
  return folder
}

test('a run whose harness lives is left alone, wherever its reports are', () => {
  claimed(join(reports, 'here'))
  const elsewhere = claimed(join(reports, 'another-checkout', 'there'))
  expect(reasonToLeave('here', network({}), reports)).toContain('alive')
  expect(reasonToLeave('there', network({ 'gauntlet.directory': elsewhere }), reports)).toContain('alive')
})

test('a run whose harness is gone is nobody’s: killed, or its reports deleted', () => {
  const dead = join(reports, 'dead')
  mkdirSync(dead)
  writeFileSync(join(dead, 'harness.pid'), `${process.pid} 1\n`) // this id, in an earlier life
  expect(reasonToLeave('dead', network({ 'gauntlet.directory': dead }), reports)).toBeUndefined()
  expect(reasonToLeave('deleted', network({ 'gauntlet.directory': join(reports, 'deleted') }), reports)).toBeUndefined()
})

test('kept fleets, and those of a harness on another host, are left alone', () => {
  expect(reasonToLeave('kept', network({ 'gauntlet.kept': 'true' }), reports)).toContain('down')
  expect(reasonToLeave('far', network({ 'gauntlet.host': 'elsewhere' }), reports)).toContain('elsewhere')
})

test('engines are read from the head of a journal, also of a torn one', () => {
  const topology = JSON.stringify({ seq: 1, kind: 'topology', machines: [{ engine: 'local' }, { engine: 'tcp://pc2:2375' }] })
  expect(enginesIn(`{"kind":"run"}\n${topology}\n`)).toEqual(['local', 'tcp://pc2:2375'])
  expect(enginesIn(`{"kind":"run"}\n${topology.slice(0, 60)}`)).toEqual([])
})

test('an engine that does not answer is a problem and stops nobody', async () => {
  const said: string[] = []
  const summary = await sweep({ engine: `unix://${join(reports, 'none.sock')}`, reportsDirectory: reports, say: (line) => said.push(line) })
  expect(summary).toMatchObject({ removed: [], leftAlone: [] })
  expect(summary.problems).toEqual([expect.stringContaining('none.sock')])
  expect(said).toEqual(summary.problems)
})
