/** The observer in its own container, against an agent in another: outages of known length, other addresses, and its two modes. */
import Docker from 'dockerode'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realClock } from '../../../src/base/clock.ts'
import { type Engine, openEngine, optionsOf } from '../../../src/fleet/engine.ts'
import { type Answer, answers, type EventBody } from '../../../src/journal/event.ts'
import type { ObserverConfig } from '../../../src/probes/protocol.ts'
import { type Observation, observe } from '../../../src/run/observe.ts'
import { prepare, type Ready } from '../../../src/setup/prepare.ts'

const run = `observer-suite-${process.pid}`
const labels = { 'gauntlet.run': run }
const intervalMs = 250
const timeoutMs = 1000
const machine = 'mainpc'
const never = new AbortController().signal

/** One agent as it should be on 8000, one that only accepts connections on 8001. */
const agentProgram = `
const body = JSON.stringify({ status: 'ok', name: 'Good', machine: '${machine}' })
require('http').createServer((q, r) => r.end(q.url === '/metrics' ? 'up{agent="Good"} 1\\n' : body)).listen(8000)
require('net').createServer((socket) => socket.resume()).listen(8001)
process.on('SIGTERM', () => process.exit(0))
`
const target = (name: string, port: number) => ({ id: `${machine}/${name}`, probe: 'health' as const, name, machine, host: machine, port })
const config: ObserverConfig = {
  intervalMs,
  timeoutMs,
  latenessMs: 100,
  phase: 0.37,
  inFlight: 4096,
  batchMs: 100,
  targets: [target('Good', 8000), target('Silent', 8001)],
}
const good = `${machine}/Good`

let ready: Ready
let docker: Docker
let engine: Engine
let agent: Docker.Container
let observer: Docker.Container
let observation: Observation
const events: EventBody[] = []
const openedMs = realClock.nowMs()
const nowMs = () => realClock.nowMs() - openedMs

beforeAll(async () => {
  ready = await prepare('images')
  docker = new Docker(optionsOf(ready.engine))
  engine = openEngine(ready.engine)
  await docker.createNetwork({ Name: run, Internal: true, Labels: labels })
  agent = await start(ready.images.machine, ['node', '-e', agentProgram], machine)
  const write = 'mkdir -p /etc/gauntlet && printf %s "$CONFIG" > /etc/gauntlet/observer.json && exec node /opt/gauntlet/observer.js'
  observer = await start(ready.images.observer, ['sh', '-c', write], 'observer', [`CONFIG=${JSON.stringify(config)}`])
  observation = observe(engine.follow(observer.id, never), {
    write: (body) => events.push(body),
    clock: realClock,
    nowMs,
    watched: config.targets.map(({ id }) => id),
  })
})

afterAll(async () => {
  const left = await engine?.remove(`gauntlet.run=${run}`, AbortSignal.timeout(30_000))
  expect(left).toEqual({ containers: [], networks: [], volumes: [] })
})

async function start(Image: string, argv: string[], alias: string, Env: string[] = []): Promise<Docker.Container> {
  const NetworkingConfig = { EndpointsConfig: { [run]: { Aliases: [alias] } } }
  const HostConfig = { NetworkMode: run, CpuShares: alias === 'observer' ? 8192 : 1024 }
  const container = await docker.createContainer({ Image, Entrypoint: argv, Cmd: [], Env, Labels: labels, HostConfig, NetworkingConfig })
  await container.start()
  return container
}

const well = (sustainedMs: number) => observation.untilWell([good], { sustainedMs, withinMs: 30_000 }, never)

/** Slots of a target since a moment, in order; what a busy machine made the observer miss is left out. */
function slotsOf(place: number, sinceMs: number): { readonly ms: number; readonly answer: Answer }[] {
  return events
    .flatMap((event) => (event.kind === 'samples' ? [event] : []))
    .flatMap(({ baseMs, scheduled, targets, answers: codes }) =>
      scheduled.map((ms, i) => ({ ms: baseMs + ms, target: targets[i], answer: answers[codes[i] as number] as Answer })),
    )
    .filter(({ ms, target, answer }) => target === place && ms >= sinceMs && answer !== 'unsent')
    .sort((a, b) => a.ms - b.ms)
}

/** The only outage in these slots: it lasted at least from the first failure to the last, at most from ok to ok. */
function outageIn(slots: readonly { readonly ms: number; readonly answer: Answer }[]) {
  const first = slots.findIndex(({ answer }) => answer !== 'ok')
  const last = slots.findLastIndex(({ answer }) => answer !== 'ok')
  expect(first, 'a good answer comes before').toBeGreaterThan(0)
  expect(last, 'and one after').toBeLessThan(slots.length - 1)
  const failures = slots.slice(first, last + 1)
  const at = (index: number) => slots[index]?.ms as number
  return {
    failures: new Set(failures.map(({ answer }) => answer)),
    atLeastMs: at(last) - at(first),
    atMostMs: at(last + 1) - at(first - 1),
  }
}

test('the clocks of one kernel are one', async () => {
  expect(await well(500)).toEqual({ outcome: 'well' })
  expect(events[0]).toMatchObject({ kind: 'observer', state: 'started', offsetErrorMs: 0, intervalMs, timeoutMs })
  const newest = slotsOf(0, 0).at(-1)?.ms ?? 0
  expect(newest).toBeLessThan(nowMs())
  expect(newest).toBeGreaterThan(nowMs() - 5000)
})

test('an agent that only accepts connections is never well, and the sentinel is', () => {
  expect(new Set(slotsOf(1, 0).map(({ answer }) => answer)).has('ok')).toBe(false)
  expect(observation.last(`${machine}/Silent`)).toBe('timeout')
  expect(slotsOf(2, 0).filter(({ answer }) => answer === 'ok').length).toBeGreaterThan(3)
})

test('an agent that is frozen for a known time is measured within an interval', async () => {
  expect(await well(500)).toEqual({ outcome: 'well' })
  const sinceMs = nowMs() - 1000
  const frozen = { earliestMs: nowMs(), latestMs: 0, thawEarliestMs: 0, thawLatestMs: 0 }
  await agent.pause()
  frozen.latestMs = nowMs()
  await realClock.sleep(3500)
  frozen.thawEarliestMs = nowMs()
  await agent.unpause()
  frozen.thawLatestMs = nowMs()
  expect(await well(1500)).toEqual({ outcome: 'well' })
  const outage = outageIn(slotsOf(0, sinceMs))
  // The last probes before the thaw are still answered within their time: they are up, as uptime is defined.
  const shortestMs = frozen.thawEarliestMs - frozen.latestMs - timeoutMs
  const longestMs = frozen.thawLatestMs - frozen.earliestMs
  expect(outage.failures).toEqual(new Set(['timeout']))
  expect(outage.atMostMs).toBeGreaterThanOrEqual(shortestMs)
  expect(outage.atLeastMs).toBeLessThanOrEqual(longestMs - timeoutMs + config.latenessMs)
})

test('an agent that died is unreachable, and is found again under another address', async () => {
  expect(await well(500)).toEqual({ outcome: 'well' })
  const sinceMs = nowMs() - 1000
  const addressOf = async () => (await agent.inspect()).NetworkSettings.Networks[run]?.IPAddress
  const before = await addressOf()
  await agent.kill()
  await start(ready.images.machine, ['sleep', '600'], 'filler') // takes the address that has become free
  await realClock.sleep(1500)
  await agent.start()
  expect(await well(1000)).toEqual({ outcome: 'well' })
  expect(await addressOf()).not.toBe(before)
  const { failures } = outageIn(slotsOf(0, sinceMs))
  expect(failures.has('unreachable')).toBe(true)
  expect([...failures].every((answer) => answer === 'unreachable' || answer === 'timeout')).toBe(true)
})

test('asked for expositions, the same program reads each once', async () => {
  const { exitCode, stdout } = await engine.exec(observer.id, ['node', '/opt/gauntlet/observer.js', 'exposition'])
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toEqual([
    { agent: good, problem: null, samples: 1, self: true },
    { agent: `${machine}/Silent`, problem: expect.stringContaining('no complete answer'), samples: 0, self: false },
  ])
})

test('stopped, it says goodbye with all its counts, and every slot was told once', async () => {
  await observer.stop()
  await observation.ended
  expect((await observer.inspect()).State.ExitCode).toBe(0)
  expect(events.at(-1)).toMatchObject({ kind: 'observer', state: 'stopped' })
  const batches = events.flatMap((event) => (event.kind === 'samples' ? [event] : []))
  const instants = batches.flatMap(({ baseMs, scheduled }) => scheduled.map((ms) => baseMs + ms)).sort((a, b) => a - b)
  const stepMs = intervalMs / (config.targets.length + 1)
  const steps = instants.slice(1).map((ms, i) => ms - (instants[i] as number))
  expect(Math.max(...steps)).toBeLessThan(stepMs + 0.1)
  expect(Math.min(...steps)).toBeGreaterThan(stepMs - 0.1)
})
