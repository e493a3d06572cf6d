/** Days of the plan on real machines: what is not mitigated yet is really wrong, and what is has really changed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readExposition } from '../../src/probes/exposition.ts'
import { get, inMachine, sample } from '../fleet/by-hand.ts'
import { mainpc, openSmallFleet, pc2, type SmallFleet, until, worker } from '../small-fleet.ts'

const accepted = async (small: SmallFleet) =>
  sample(await get(small, mainpc, 'http://127.0.0.1:9001/metrics'), 'agent_reports_accepted_total')
const streams = async (small: SmallFleet) =>
  JSON.parse(await get(small, pc2, 'http://nats-pc2:8222/jsz?streams=true')) as { streams?: number }
const environmentOf = (small: SmallFleet, program: string) =>
  inMachine(small, mainpc, 'sh', '-c', `tr '\\0' '\\n' < /proc/$(pgrep -f '${program}' | head -1)/environ`)
/** Programs whose logs have a quota; the boot script's own always has. */
const rotated = async (small: SmallFleet) => {
  const conf = await inMachine(small, mainpc, 'cat', '/etc/supervisor/supervisord.conf')
  return conf.split('[program:').flatMap((section) => (section.includes('stdout_logfile_maxbytes=65536') ? [section.split(']')[0]] : []))
}
const dryRunFrom = async (small: SmallFleet, folder: string) => {
  const { exitCode, stdout } = await small.fleet.machine(mainpc).run(['sh', '-c', `cd ${folder} && start_system_v2 --dry-run`])
  return { exitCode, first: stdout.split('\n')[0] }
}
const breakSchema = "sed -i 's/^      port: 7300/      restart_policy: always\\n      port: 7300/' config/mainpc.startup.yaml"

describe('before the first day', () => {
  let small: SmallFleet
  beforeAll(async () => {
    small = await openSmallFleet(`profile-legacy-${process.pid}`, { profile: 'legacy' })
    expect(await until(async () => (await accepted(small)) !== undefined && ((await accepted(small)) ?? 0) > 0, 60_000)).toBe(true)
  })
  afterAll(() => small?.[Symbol.asyncDispose]())

  test('the password stands in the config and in the environment of a process, and the message server takes it', async () => {
    expect(await inMachine(small, mainpc, 'cat', 'config/mainpc.startup.yaml')).toContain('NATS_PASSWORD')
    expect(await environmentOf(small, '[h]ub.js')).toContain('NATS_PASSWORD=written-into-the-config-of-mainpc')
    expect(await until(async () => ((await streams(small)).streams ?? 0) > 0, 30_000)).toBe(true)
  })

  test('scripts are found only from the right folder; what breaks the schema is not seen', async () => {
    expect(await dryRunFrom(small, '/srv/fleet')).toEqual({ exitCode: 0, first: 'mainpc: 3/3 scripts found' })
    expect(await dryRunFrom(small, '/tmp')).toEqual({ exitCode: 0, first: 'mainpc: 0/3 scripts found' })
    await inMachine(small, mainpc, 'sh', '-c', breakSchema)
    expect(await inMachine(small, mainpc, 'start_system_v2', '--dry-run')).not.toContain('restart_policy')
  })

  test('agents are legacy, know one hub, and their logs have no quota', async () => {
    expect(await small.health(worker)).toContain('no answer')
    expect((await environmentOf(small, '[a]gent.js')).match(/^OBS_HUB_URL=(.*)$/m)?.[1]).toBe('http://mainpc.lan:9000')
    expect(await rotated(small)).toEqual(['boot'])
  })
})

describe('on the seventh day', () => {
  let small: SmallFleet
  beforeAll(async () => {
    small = await openSmallFleet(`profile-day7-${process.pid}`, { profile: 'day7' })
  })
  afterAll(() => small?.[Symbol.asyncDispose]())

  test('legacy agents have metrics, by a flag that their repository holds; their health stays untold', async () => {
    const read = () => get(small, mainpc, 'http://127.0.0.1:8300/metrics')
    expect(await until(async () => sample(await read(), 'agent_exporter_sidecar') === 1, 60_000)).toBe(true)
    expect(readExposition(await read()).problem).toBeNull()
    for (const [machine, port] of [
      [mainpc, 8300],
      [pc2, 8400],
    ] as const)
      expect(await get(small, machine, `http://127.0.0.1:${port}/health`)).toContain('a side-car knows nothing of the health of its agent')
    expect(JSON.parse(await inMachine(small, mainpc, 'cat', 'mainpc/worker.py'))).toEqual({
      agent: 'legacy',
      environment: { EXPORTER_SIDECAR: '1' },
    })
  })

  test('no password is in the environment, scripts are found from anywhere, and two agents have a quota for their logs', async () => {
    expect(await environmentOf(small, '[h]ub.js')).not.toContain('NATS_PASSWORD')
    expect(await dryRunFrom(small, '/tmp')).toEqual({ exitCode: 0, first: 'mainpc: 3/3 scripts found' })
    expect(await rotated(small)).toEqual(['boot', 'Worker'])
  })

  test('what breaks the schema is told, and does not stop the start', async () => {
    await inMachine(small, mainpc, 'sh', '-c', breakSchema)
    const { exitCode, stdout } = await small.fleet.machine(mainpc).run(['start_system_v2', '--dry-run'])
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('invalid-config: agent_groups.work.Worker.restart_policy')])
  })
})
