/** A fleet comes up whole or not at all, and is gone in time whatever became of it. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { deploymentsOf } from '../src/fleet/deployment.ts'
import { type BringUp, bringUp, leftoversOf } from '../src/fleet/fleet.ts'
import { loadStartupConfigs } from '../src/fleet/load-startup-configs.ts'
import { natsConfigsOf } from '../src/fleet/nats.ts'
import { profileOf } from '../src/fleet/profiles.ts'
import { observerConfigOf, observerConfigPath } from '../src/probes/config.ts'
import { prepare } from '../src/setup/prepare.ts'
import { never } from './small-fleet.ts'

const nothing = { containers: [], networks: [], volumes: [] }

async function input(name: string): Promise<BringUp> {
  const { topology } = loadStartupConfigs(['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, 'small', `${machine}.startup.yaml`)))
  return {
    ...(await prepare('images')),
    run: `${name}-suite-${process.pid}`,
    directory: '/nowhere',
    topology,
    deployments: deploymentsOf(topology, profileOf('phase0')),
    natsConfigs: natsConfigsOf(topology),
    observer: { path: observerConfigPath, config: observerConfigOf(topology, { phase: 0 }) },
  }
}

test('an image that is not there is said, and nothing is left', async () => {
  const given = await input('no-image')
  const images = { ...given.images, observer: 'gauntlet/observer:none' }
  await expect(bringUp({ ...given, images }, never)).rejects.toMatchObject({
    code: 'harness/fleet',
    message: expect.stringContaining('gauntlet/observer:none'),
  })
  expect(await leftoversOf(given)).toEqual(nothing)
})

test('a server that ends at once is named with its last words', async () => {
  const given = await input('bad-nats')
  const natsConfigs = new Map([...given.natsConfigs].map(([machine]) => [machine, 'listen: "nowhere"\n']))
  await expect(bringUp({ ...given, natsConfigs }, never)).rejects.toMatchObject({
    code: 'harness/fleet',
    message: expect.stringMatching(/nats-(mainpc|pc2)-1: Exited[\s\S]*nats-server/),
  })
  expect(await leftoversOf(given)).toEqual(nothing)
})

test('an abort at any moment of a bring-up leaves nothing', async () => {
  const given = await input('aborted')
  const outcomes = new Set<string>()
  for (const afterMs of [300, 1_200, 2_500]) {
    const abort = new AbortController()
    const coming = bringUp(given, abort.signal)
    const outcome = coming.then(
      async (fleet) => {
        await fleet[Symbol.asyncDispose]() // it was faster than the abort
        return 'up'
      },
      (error: Error) => error.message,
    )
    await sleep(afterMs)
    abort.abort(new Error('told to stop'))
    outcomes.add(await outcome)
    expect(['told to stop', 'up']).toEqual(expect.arrayContaining([...outcomes]))
    expect([afterMs, await leftoversOf(given)]).toEqual([afterMs, nothing])
  }
  expect([...outcomes]).toContain('told to stop') // one that was always faster would have shown nothing
})

test('disposal keeps within its time and may run twice', async () => {
  const given = await input('disposed')
  const fleet = await bringUp(given, never)
  await fleet[Symbol.asyncDispose]() // its own deadline would leave something
  expect(await fleet.leftovers()).toEqual(nothing)
  await fleet[Symbol.asyncDispose]()
  expect(await fleet.leftovers()).toEqual(nothing)
})

test('an engine that does not answer is the environment’s, not the fleet’s', async () => {
  const given = { ...(await input('no-engine')), engine: 'unix:///nowhere.sock' }
  await expect(bringUp(given, never)).rejects.toMatchObject({ code: 'environment/engine' })
})
