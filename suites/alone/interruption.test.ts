/** Every way a run may end before its end: what it says then, and what it leaves behind. */

import { rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../src/verdict.ts'
import { configs, type Ended, eventsOf, held, journalKinds, newestRun, start, verdictOf } from '../command.ts'

const drill = ['drill', 'hub-freeze-central', ...configs('small', 'mainpc', 'pc2'), '--json']
const name = 'drill-hub-freeze-central'

/** Five agents are too few for a GO, and so is a drill that nobody cut short: that it was, must be said, and be so. */
async function expectCutShort({ exitCode, stdout, stderr }: Ended, signal: string): Promise<void> {
  const { outcome, troubles, run } = JSON.parse(stdout) as Verdict
  expect({ outcome, exitCode }).toEqual({ outcome: 'INCONCLUSIVE', exitCode: 2 })
  expect(stderr).toContain(`${signal}, undoing`)
  expect(troubles.map(({ code }) => code)).toContain('journal/interrupted')
  expect(eventsOf(run.id).at(-1)).toMatchObject({ kind: 'end', interrupted: true })
  expect(await held(run.id)).toEqual([])
}

describe.concurrent('each by itself, at once', () => {
  test('Ctrl-C while a fault is held undoes it, says INCONCLUSIVE, and leaves nothing', async () => {
    const run = start(drill)
    await run.said('fault applied')
    run.child.kill('SIGINT')
    await expectCutShort(await run.ended, 'SIGINT')
  })

  test('Ctrl-C while the fleet comes up does so too', async () => {
    const run = start(drill)
    await run.said('bring-up')
    run.child.kill('SIGTERM')
    await expectCutShort(await run.ended, 'SIGTERM')
  })

  test('an engine lost midway is INCONCLUSIVE with its journal kept, and says what to do next', async () => {
    const path = join(tmpdir(), `gauntlet-engine-${process.pid}.sock`)
    const relay = await relayTo('/var/run/docker.sock', path)
    const run = start(drill, { DOCKER_HOST: `unix://${path}` })
    await run.said('fault applied')
    relay.cut()
    const { exitCode, stdout, stderr } = await run.ended
    const verdict = JSON.parse(stdout)
    expect({ outcome: verdict.outcome, exitCode }).toEqual({ outcome: 'INCONCLUSIVE', exitCode: 2 })
    expect(verdict.troubles.map(({ code }: { code: string }) => code)).toContain('environment/engine')
    expect(stderr).toContain('DOCKER_HOST')
    expect(journalKinds(verdict.run.id)).toContain('end')
    await start(['sweep']).ended
    expect(await held(verdict.run.id)).toEqual([])
  })
})

test('what a killed harness left is removed by sweep, and its journal is never GO', async () => {
  const run = start(drill)
  await run.said('fault applied')
  run.child.kill('SIGKILL')
  await run.ended
  const id = newestRun(name)
  expect(await held(id)).not.toEqual([])
  expect((await start(['sweep']).ended).stdout).toContain(`${id}: released 1 leases`) // another's leftovers may stand in its way, ours do not
  expect(await held(id)).toEqual([])
  expect((await verdictOf(['judge', join('reports', id)])).verdict.outcome).toBe('INCONCLUSIVE')
})

test('sweep leaves a living run alone', async () => {
  const run = start(drill)
  await run.said('fault applied')
  const id = newestRun(name)
  const { stdout } = await start(['sweep']).ended
  expect(stdout).toContain(`${id}: left alone`)
  expect(await held(id)).not.toEqual([])
  run.child.kill('SIGINT')
  await run.ended
})

/** A socket in front of the engine's own, so that the engine can be lost without losing it for everyone. */
async function relayTo(engine: string, path: string): Promise<{ cut(): void }> {
  const open = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, (near) => {
    const far = createConnection({ path: engine, allowHalfOpen: true })
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => open.delete(socket))
    }
    near.pipe(far)
    far.pipe(near)
  })
  rmSync(path, { force: true })
  await new Promise<void>((listening) => server.listen(path, listening))
  return {
    cut() {
      server.close()
      rmSync(path, { force: true })
      for (const socket of open) socket.destroy()
    },
  }
}
