import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { realClock } from '../base/clock.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { EventBody } from '../journal/event.ts'
import { openAborts } from './abort.ts'
import { fullness, watchDisks } from './disks.ts'
import { throwSwitch, watchSwitch } from './stop-switch.ts'

const folder = mkdtempSync(join(tmpdir(), 'gauntlet-disks-'))
afterAll(() => rmSync(folder, { recursive: true }))
const never = new AbortController().signal

/** A machine whose volume of logs answers so. @returns what was journaled */
async function watched(volume: string, { limit = 0.95, exitCode = 0, asked = true } = {}) {
  const written: EventBody[] = []
  const aborts = openAborts(asked ? [{ kind: 'disk', limit, text: `disk=${limit}` }] : [], (body) => written.push(body))
  const argvs: (readonly string[])[] = []
  const enough = new AbortController()
  const tool = {
    run: async (argv: readonly string[]) => {
      argvs.push(argv)
      if (argvs.length === 3) enough.abort()
      return { exitCode, stdout: `1000 900 900 0 0\n${volume}\n`, stderr: 'no such file' }
    },
  }
  const clock = { ...realClock, sleep: async () => {} }
  const watch = { hands: { tool: () => tool }, machines: ['pc2' as MachineId], hostPaths: [], clock, nowMs: () => 77 }
  await watchDisks(aborts, watch, AbortSignal.any([enough.signal, aborts.signal]))
  return { written, looks: argvs.length }
}

test('a disk is as full as df says, by bytes or by files', () => {
  expect(fullness(1000, 100, 50, 0, 0)).toBeCloseTo(900 / 950)
  expect(fullness(1000, 900, 900, 200, 10)).toBe(0.95)
  expect(fullness(0, 0, 0, 0, 0)).toBe(0)
})

test('a volume that is too full ends the run, and is named; one that is not, does not', async () => {
  expect((await watched('100 20 20 1000 990')).written).toEqual([])
  expect((await watched('100 3 3 1000 990')).written).toEqual([
    { kind: 'abort', condition: 'disk=0.95', seen: '/var/log/fleet of pc2 is 97.0 % full', causeMs: 77 },
  ])
  expect((await watched('100 90 90 1000 0')).written).toMatchObject([{ seen: '/var/log/fleet of pc2 is 100.0 % full' }])
})

test('a disk that cannot be looked at counts as full, and nobody looks where nobody asked', async () => {
  expect((await watched('', { exitCode: 1 })).written).toMatchObject([{ seen: expect.stringContaining('could not be looked at') }])
  expect((await watched('torn')).written).toEqual([])
  expect(await watched('100 0 0 1 0', { asked: false })).toEqual({ written: [], looks: 0 })
})

test('a disk of this host is looked at, too', async () => {
  const written: EventBody[] = []
  const aborts = openAborts([{ kind: 'disk', limit: 0.000001, text: 'disk=0.0001%' }], (body) => written.push(body))
  const nobody = { tool: () => ({ run: () => Promise.reject(new Error('nobody is asked')) }) }
  await watchDisks(aborts, { hands: nobody, machines: [], hostPaths: [folder], clock: realClock, nowMs: () => 1 }, aborts.signal)
  expect(written).toMatchObject([{ condition: 'disk=0.0001%', seen: expect.stringContaining(folder) }])
})

test('the kill switch is seen, says who threw it, and is gone with the run', async () => {
  const written: EventBody[] = []
  const aborts = openAborts([], (body) => written.push(body))
  {
    using _watch = watchSwitch(folder, aborts, () => 5)
    throwSwitch(folder, 'by hand')
    if (!aborts.signal.aborted) await new Promise((done) => aborts.signal.addEventListener('abort', done))
  }
  expect(written).toEqual([{ kind: 'abort', condition: 'stop', seen: 'by hand', causeMs: 5 }])
  const later = openAborts([], (body) => written.push(body))
  using _watch = watchSwitch(folder, later, () => 6)
  await realClock.sleep(250, never)
  expect(later.signal.aborted).toBe(false)
})
