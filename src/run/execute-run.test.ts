/** A run from its request to the end of its journal, on a host whose engine is not there: what is written down all the same. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isOwned } from '../base/owner.ts'
import { type AskedFor, usual } from '../journal/asked-for.ts'
import { readHistory } from '../journal/reader.ts'
import { executeRun, type TriedHost } from './execute-run.ts'
import { requestOf } from './request.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'execute-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const asked: AskedFor = { ...usual, command: 'drill', scenario: 'partition-full', abortIf: ['bystanders=3'], holdMs: 20_000, seed: 7 }
/** As the command line gives it. */
const judging = {
  criteria: ['uptime', 'coverage', 'exporter', 'recovery', 'durability', 'alerts', 'config', 'residue'],
  readsFor: () => [],
}
const images = { machine: 'm', nats: 'n', tool: 't', observer: 'o', monitoring: 'p', pushgateway: 'g' }
const able = (outcome: string): TriedHost => ({
  engine: 'unix:///nowhere/docker.sock',
  compose: '/nowhere/compose',
  images,
  tried: new Map([['iptables', { outcome, said: 'no such table' }]]),
})
const execution = (signal = new AbortController().signal) => {
  const said: string[] = []
  return { said, directory, interrupted: () => signal, say: (line: string) => said.push(line) }
}
const journal = () => join(directory, 'journal.ndjson')

test('what was asked for is in the journal as data and as the line for it, and what went wrong is, too', async () => {
  const how = execution()
  await executeRun(requestOf(asked, judging), able('works'), how)
  const { run, troubles, end } = readHistory(journal())
  expect(run).toMatchObject({ asked, seed: 7, host: { abilities: ['iptables'] }, suite: { name: 'drill', scenarios: ['partition-full'] } })
  expect(run.reproduce).toBe('./gauntlet drill partition-full --for 20s --abort-if bystanders=3 --seed 7')
  expect(troubles.map(({ code }) => code)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^(harness\/fleet|environment\/engine)$/)]),
  )
  expect(end).toMatchObject({ interrupted: false })
  expect(how.said.join('')).toContain('trouble: ')
  expect(isOwned(directory)).toBe(false)
})

test('one that is interrupted from the start comes to its end, and says so', async () => {
  await executeRun(requestOf(asked, judging), able('works'), execution(AbortSignal.abort(new Error('enough'))))
  expect(readHistory(journal()).end).toMatchObject({ interrupted: true })
})

test('what this kernel cannot do is refused before anything is written', async () => {
  const refused = executeRun(requestOf(asked, judging), able('fails'), execution())
  await expect(refused).rejects.toMatchObject({ code: 'environment/ability', message: expect.stringContaining('no such table') })
  expect(existsSync(journal())).toBe(false)
})
