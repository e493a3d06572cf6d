/**
 * Alerts that count, and alerts of the bus, through to where people would be told: more than three agents, more than ten and whom a
 * P1 reaches then, a message server, the link between the two, and reports that nobody hears. The plan's minutes are divided by 60.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { consumer } from '../../fixtures/fleet/jetstream.ts'
import { hubUserOf } from '../../fixtures/fleet/nats-users.ts'
import { escalation } from '../../src/fleet/alert-rules.ts'
import { alertTimesOf } from '../../src/fleet/alert-times.ts'
import { natsPassword } from '../../src/fleet/secrets.ts'
import { alertHands, inWords } from '../fleet/alert-hands.ts'
import { inMachine, serverOf } from '../fleet/by-hand.ts'
import { type SecretHands, secretHands } from '../fleet/secret-hands.ts'
import { mainpc, pc2, processes, type SmallFleet, smallFleet, until } from '../small-fleet.ts'

const timeScale = 60
const times = alertTimesOf(timeScale)
/** From a fault to its message and back: some scrapes, some evaluations, and a machine that does other things as well. */
const patienceMs = 30_000
/** The hubs look at the bus less often than Prometheus does at agents. */
const busPatienceMs = patienceMs + times.busMs + times.lagMs
/** As often as the hubs push, and Prometheus reads what they pushed. */
const pushedMs = 45_000
const agents = 15

let small: SmallFleet
let hands: ReturnType<typeof alertHands>
let secrets: SecretHands
beforeAll(async () => {
  small = await smallFleet(`alerting-many-suite-${process.pid}`, true, 'fleet/crowd', timeScale)
  hands = alertHands(small)
  secrets = secretHands(small)
})
afterAll(() => small?.[Symbol.asyncDispose]())

/** Stops them all at once: one after the other they would be few for a while. @returns what lets them go on */
async function freeze(count: number): Promise<() => Promise<void>> {
  const pids = await Promise.all(
    [mainpc, pc2].map(async (machine) => {
      const workers = [...(await processes(small, machine))].filter(([name]) => name.includes('Worker'))
      return workers.map(([, pid]) => ({ machine, pid }))
    }),
  )
  const chosen = pids.flat().slice(0, count)
  expect(chosen).toHaveLength(count)
  const signal = (word: 'STOP' | 'CONT') =>
    Promise.all(
      [mainpc, pc2].map(async (machine) => {
        const own = chosen.filter((each) => each.machine === machine).map(({ pid }) => String(pid))
        if (own.length > 0) await inMachine(small, machine, 'kill', `-${word}`, ...own)
      }),
    )
  await signal('STOP')
  return async () => void (await signal('CONT'))
}

/** The first message that comes, all that come while it lasts, and that all of it is resolved, with nothing more, once it is over. */
async function toldOf(expected: readonly string[], lastsMs: number, waitMs: number, undo: () => Promise<void>, since: number) {
  try {
    await until(async () => (await hands.told(since)).length >= expected.length, waitMs)
    await sleep(lastsMs)
    expect(inWords(await hands.told(since))).toEqual(expected)
    expect(await hands.allResolved(since)).toBe(false)
  } finally {
    await undo() // the next test is of another fault
  }
  expect(await until(() => hands.allResolved(since), waitMs)).toBe(true)
  await sleep(2 * times.agentDownMs)
  expect(inWords(await hands.told(since))).toEqual(expected)
  return hands.told(since)
}

test('a fleet that is well is known to be so, its bus included, and nobody is told anything', async () => {
  const all: readonly (readonly [string, string])[] = [
    ['sum(up{job="agents"})', `${agents}`],
    ['count(agent:down)', `${agents}`],
    ['fleet:agents_down', '0'],
    ['sum(bus:server_up)', '2'],
    ['bus:leaf_down', '0'],
    ['bus:lags', '0'],
  ]
  for (const [expression, value] of all) {
    expect([expression, await until(async () => (await hands.measured(expression)) === value, patienceMs)]).toEqual([expression, true])
  }
  expect((await hands.recorded()).alerts).toEqual([])
})

test('both Pushgateways are scraped: each agent once more, under their own job; what poses as an agent is left out', async () => {
  expect(await until(async () => (await hands.measured('count(push_time_seconds{job="fleet"})')) === `${agents}`, pushedMs)).toBe(true)
  expect(await hands.measured('sum(up{job="pushgateways"})')).toBe('2')
  expect(await hands.measured('count(count by (machine, agent) (agent_up{job="fleet"} == 1))')).toBe(`${agents}`)
  const push = (job: string, text: string) => {
    const url = `http://127.0.0.1:9091/metrics/job/${job}/machine/mainpc/agent/Worker1`
    const program = `fetch('${url}', { method: 'POST', body: '${text} 0\\n' }).then((a) => console.log(a.status))`
    return inMachine(small, pc2, 'node', '-e', program)
  }
  expect(await push('agents', 'agent_process_runs')).toBe('200\n')
  expect(await push('fleet', 'agent_marker')).toBe('200\n')
  expect(
    await until(async () => (await hands.measured('agent_marker{job="fleet",machine="mainpc",agent="Worker1"}')) === '0', pushedMs),
  ).toBe(true)
  await sleep(times.settleMs)
  expect(await hands.measured('agent_process_runs{machine="mainpc",agent="Worker1"}')).toBe('[]')
  expect(await hands.measured('fleet:agents_down')).toBe('0')
})

test('four agents are one alert in Slack, in place of four warnings', async () => {
  const since = (await hands.recorded()).alerts.length
  const undo = await freeze(4)
  await toldOf(['slack #ops-alerts: alert ManyAgentsDown, fleet'], 2 * times.agentDownMs, patienceMs, undo, since)
})

test('eleven agents are a page and nothing else; while it lasts it goes on to one after the other, in the plan’s order', async () => {
  const since = (await hands.recorded()).alerts.length
  const undo = await freeze(11)
  const expected = [
    'pagerduty on-call: critical MassOutage, fleet',
    ...escalation.map((whom) => `pagerduty ${whom}: critical P1Escalation, MassOutage`),
  ]
  const waitMs = (escalation.length + 1) * times.escalateMs + patienceMs
  const entries = await toldOf(expected, times.escalateMs, waitMs, undo, since)
  const firedMs = entries.map(({ firedAt }) => Date.parse(firedAt))
  for (const [place, ms] of firedMs.slice(1).entries()) expect(ms - (firedMs[place] as number)).toBeGreaterThan(times.escalateMs / 2)
})

test('a message server that is down is one warning', async () => {
  const since = (await hands.recorded()).alerts.length
  const server = await serverOf(small, 'nats', mainpc)
  await server.stop()
  await toldOf(['slack #ops-alerts: warning BusServerDown, nats-mainpc'], times.busMs, busPatienceMs, () => server.start(), since)
})

test('servers without a link between them are one warning', async () => {
  const since = (await hands.recorded()).alerts.length
  const server = await serverOf(small, 'nats', pc2)
  const leaf = '/run/nats/leaf.conf'
  const put = (program: string) =>
    secrets.said('secrets', pc2, ['sh', '-c', `umask 0377; ${program} > ${leaf}.new && mv -f ${leaf}.new ${leaf}`])
  await secrets.said('secrets', pc2, ['cp', '-p', leaf, `${leaf}.good`])
  await put(`sed 's/:[^:@]*@/:wrong@/' ${leaf}.good`)
  await server.restart()
  const undo = async () => {
    await put(`cat ${leaf}.good`)
    await server.restart()
  }
  await toldOf(['slack #ops-alerts: warning BusLeafDown, leaf link'], times.busMs, busPatienceMs, undo, since)
})

test('reports that the central hub does not hear are one warning, although both hubs and both servers are up', async () => {
  const since = (await hands.recorded()).alerts.length
  const to = (subject: string) => ({ stream_name: 'OBSERVABILITY', config: { ...consumer, deliver_subject: subject } })
  const replaced = async (subject: string) => {
    const { durable_name: name } = consumer
    const answers = await requests([
      [`$JS.API.CONSUMER.DELETE.OBSERVABILITY.${name}`, ''],
      [`$JS.API.CONSUMER.DURABLE.CREATE.OBSERVABILITY.${name}`, JSON.stringify(to(subject))],
    ])
    expect(answers).not.toContain('"error"')
  }
  await replaced('fleet.deliver.nobody')
  const undo = () => replaced(consumer.deliver_subject)
  await toldOf(['slack #ops-alerts: warning BusLag, central hub'], times.lagMs, busPatienceMs, undo, since)
})

/** Of MainPC's server, by hand and as its hub. @returns all that it answers */
async function requests(all: readonly (readonly [subject: string, payload: string])[]): Promise<string> {
  const pass = (await secrets.secretOf(mainpc, natsPassword)).trim()
  const connect = { verbose: false, user: hubUserOf(mainpc, pass), pass }
  const lines = all.map(([subject, payload]) => `PUB ${subject} hand.answer ${Buffer.byteLength(payload)}\r\n${payload}\r\n`)
  const program = `const all = require('fs').readFileSync(0); let got = ''
    const socket = require('net').connect(4222, 'nats-mainpc', () => socket.write(all))
    socket.on('data', (chunk) => { got += chunk; if (got.split('MSG hand.answer').length > ${all.length}) { console.log(got); process.exit() } })
    setTimeout(() => process.exit(1), 5000)`
  const stdin = `CONNECT ${JSON.stringify(connect)}\r\nSUB hand.answer 1\r\n${lines.join('')}`
  const { exitCode, stdout, stderr } = await small.fleet.tool(mainpc).run(['node', '-e', program], { stdin })
  if (exitCode !== 0) throw new Error(`NATS did not answer: ${stderr}`)
  return stdout
}
