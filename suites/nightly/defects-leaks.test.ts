/**
 * Defects H1 to H11 but H7: the machine's own password really is where each of them says, and in a good fleet it is not. One fleet has
 * them all, since each has a surface of its own; both fleets are looked at in the same way.
 */
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leftCopy } from '../../fixtures/fleet/hub-leaks.ts'
import { logQuotaBytes } from '../../fixtures/fleet/supervisord-conf.ts'
import { machineLabel, roleLabel } from '../../src/fleet/compose.ts'
import { optionsOf } from '../../src/fleet/engine.ts'
import type { AgentId } from '../../src/fleet/topology.ts'
import { fileOf, root, type SecretHands, secretHands } from '../fleet/secret-hands.ts'
import { openSmallFleet, pc2, processes, type SmallFleet, until, well } from '../small-fleet.ts'

const hub = 'pc2/ObservabilityHub' as AgentId
const leaks = ['H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H8', 'H9', 'H10', 'H11'] as const
const patienceMs = 60_000
const logFile = 'ObservabilityHub.log'

/** What a surface holds, and a word that is there in any fleet: what could not be read shows nothing. */
type Look = () => Promise<readonly [text: string, word: string]>

describe.each([
  ['a fleet with the defects', leaks, true],
  ['a good fleet', [], false],
] as const)('%s', (name, defects, leaky) => {
  let small: SmallFleet
  let hands: SecretHands
  let password: string
  beforeAll(async () => {
    small = await openSmallFleet(`leaks-${leaky ? 'bad' : 'good'}-${process.pid}`, { defects })
    hands = secretHands(small)
    expect(await until(async () => (await small.health(hub)) === well, patienceMs)).toBe(true)
    expect(await until(async () => (await hands.hubHealth(pc2)).streams === 'ready', patienceMs)).toBe(true)
    password = await hands.secretOf(pc2, 'NATS_PASSWORD')
    expect(password).toMatch(/^[\w-]{43}$/)
  })
  afterAll(async () => small?.[Symbol.asyncDispose]())

  const inTool = (command: string) => hands.said('tool', pc2, ['sh', '-c', command])
  const inHub = async (file: string) => inTool(`tr '\\0' '\\n' < /proc/${(await processes(small, pc2)).get('ObservabilityHub')}/${file}`)
  /** The folder of logs as it is listed, then all of these: there may be none, and then the list says so. */
  const listedWith = (pieces: string, read: string) =>
    inTool(`set -e; cd ${root}/var/log/fleet; ls -1; for piece in ${pieces}; do [ ! -e $piece ] || ${read} $piece; done`)
  const postProgram = (body: string) => `fetch('http://127.0.0.1:9100/metrics', { method: 'POST', body: ${JSON.stringify(body)} })
    .then(async (a) => console.log(a.status + ' ' + JSON.stringify([...a.headers]) + (await a.text())))`
  const post = (body: string) => hands.said('tool', pc2, ['node', '-e', postProgram(body)])

  const looks: Readonly<Record<string, Look>> = {
    'H1: arguments': async () => [await inHub('cmdline'), 'hub.js'],
    'H2: environment': async () => [await inHub('environ'), 'AGENT_NAME'],
    'H2: startup config': async () => [await inTool(`cat ${root}/srv/fleet/config/pc2.startup.yaml`), 'FarWorker'],
    'H4: body of a refusal': async () => [await post('{"agent":"pc2/FarWorker"}'), '400'],
    'H5: metrics': async () => [await hands.fetched(pc2, 'http://127.0.0.1:9101/metrics'), 'hub_nats_connected'],
    'H10: name of a connection': async () => [await hands.fetched(pc2, 'http://nats-pc2:8222/connz?auth=1'), 'pc2/ObservabilityHub'],
  }
  test.each(Object.entries(looks))(`${name} · %s`, async (_, look) => {
    const [text, word] = await look()
    expect(text).toContain(word)
    expect(text.includes(password)).toBe(leaky)
  })

  test(`${name} · H6: mode of the secret's file`, async () => {
    expect(await inTool(`stat -c '%a %u' ${root}${fileOf('NATS_PASSWORD')}`)).toBe(leaky ? '644 1000' : '400 1000')
  })

  test(`${name} · H9: compressed log, and not the one that is written`, async () => {
    const unpacked = () => listedWith(`${logFile}.*.gz`, 'gzip -dc')
    const live = () => hands.logOf(pc2, logFile)
    if (leaky) expect(await until(async () => (await unpacked()).includes(password), patienceMs)).toBe(true)
    expect(await live()).toMatch(/"agent":"pc2\/ObservabilityHub"/)
    expect(await live()).not.toContain(password)
    if (leaky) return
    // A good hub says too little for a piece of its log to be full: as much as one holds is said by its own pipe.
    const hubPid = (await processes(small, pc2)).get('ObservabilityHub')
    await inTool(`yes '${'a line of this test '.repeat(10)}' | head -c ${logQuotaBytes} > /proc/${hubPid}/fd/1`)
    expect(await until(async () => (await unpacked()).includes('"agent":"pc2/ObservabilityHub"'), patienceMs)).toBe(true)
    expect(await unpacked()).not.toContain(password)
  })

  test(`${name} · H11: the container's own layer`, async () => {
    const container = (await small.fleet.containers()).find(
      (one) => one.labels[roleLabel] === 'machine' && one.labels[machineLabel] === pc2,
    )
    const changed = (await new Docker(optionsOf(small.ready.engine)).getContainer(container?.id ?? '').changes()) as { Path: string }[]
    const paths = changed.map(({ Path }) => Path)
    expect(paths).toContain('/var/lib/fleet/hub')
    expect(paths.includes(leftCopy)).toBe(leaky)
    if (leaky) expect(await inTool(`cat ${root}${leftCopy}`)).toContain(password)
  })

  test(`${name} · H5: what was scraped is pushed`, async () => {
    const pushed = () => hands.fetched(pc2, 'http://127.0.0.1:9091/metrics')
    expect(await until(async () => (await pushed()).includes('agent="ObservabilityHub"'), patienceMs)).toBe(true)
    if (leaky) expect(await until(async () => (await pushed()).includes(password), patienceMs)).toBe(true)
    else expect(await pushed()).not.toContain(password)
  })

  test(`${name} · H8: a diagnostic report, when it is stopped`, async () => {
    expect((await hands.supervise(pc2, 'restart', 'ObservabilityHub')).exitCode).toBe(0)
    const reports = await listedWith('report.*.json', 'cat')
    expect(reports.includes(password)).toBe(leaky)
    expect(reports).toContain(logFile)
    expect(/^report\..*\.json$/m.test(reports)).toBe(leaky)
    if (leaky) expect(await inTool(`stat -c %a ${root}/var/log/fleet/report.*.json`)).toBe('644')
    expect(await until(async () => (await hands.hubHealth(pc2).catch(() => undefined))?.streams === 'ready', patienceMs)).toBe(true)
  })

  test(`${name} · H3: the log, when the server turns the hub away`, async () => {
    const other = 'another-password-of-this-test-0123456789'
    await hands.said('secrets', pc2, ['sed', '-i', `s/password: "[^"]*"/password: "${other}"/`, '/run/nats/users.conf'])
    const refused = async () => (await hands.logOf(pc2, logFile)).includes('NATS refuses NATS_PASSWORD')
    expect(await until(refused, patienceMs)).toBe(true)
    expect((await hands.logOf(pc2, logFile)).includes(password)).toBe(leaky)
  })
})
