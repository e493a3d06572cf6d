/** Several faults in one timeline, and every way to end them early, on real fleets: by a condition, each with its real cause, and by hand. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Verdict } from '../../src/verdict.ts'
import { configs, eventsOf, held, newestRun, start } from '../command.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gauntlet-abort-'))
  writeFileSync(join(folder, 'overlap.yaml'), overlap)
})
afterAll(() => rmSync(folder, { recursive: true }))

const overlap = `name: overlap
hypothesis: Two agents of two machines hang one within the other, and both are back.
risks: [B]
criteria: [recovery, residue]
steady: 5s
faults:
  - { kind: process-stop, target: { agents: [Worker] }, at: 0s, hold: 12s }
  - { kind: process-stop, target: { agents: [FarWorker] }, at: 4s, hold: 4s }
  - { kind: noop, target: { machines: [pc2] }, hold: 1s }
recovery: 45s
limits: { recovery: 30s }
`

function inTool(run: string, machine: string, script: string): string {
  return execFileSync('docker', ['exec', `gauntlet-${run}-tool-${machine}-1`, 'sh', '-c', script], { encoding: 'utf8' })
}

const holdMs = 60_000

/** Everything up to the moment at which two agents are held. */
async function underWay(options: readonly string[]) {
  const run = start([
    'drill',
    join(folder, 'overlap.yaml'),
    ...configs('small', 'mainpc', 'pc2'),
    '--for',
    `${holdMs / 1000}s`,
    '--json',
    ...options,
  ])
  await run.said('fault applied')
  return { ...run, id: newestRun('drill-overlap') }
}

/** A bystander that refuses whoever asks for its health. One that is killed may be back between two probes, and then nobody was hurt. */
const refuse = (port: number) => `iptables -w -I INPUT -p tcp --dport ${port} -j REJECT --reject-with tcp-reset`
const registryHealth = 8200
const causes = {
  'bystanders=1': (run: string) => inTool(run, 'mainpc', refuse(registryHealth)),
  'uptime=0.97': (run: string) => inTool(run, 'mainpc', refuse(registryHealth)),
  'disk=90%': (run: string) => inTool(run, 'pc2', 'head -c 15500000 /dev/zero >/proc/1/root/var/log/fleet/full || true'),
  stop: async (run: string) => expect((await start(['stop', run]).ended).stdout).toContain(`${run}: no fault is held`),
} as const

test.each(Object.entries(causes))('%s ends every fault at once, is written down, and is never GO', async (condition, cause) => {
  const { id, ended } = await underWay(condition === 'stop' ? [] : ['--abort-if', condition])
  await cause(id)
  const { exitCode, stdout, stderr } = await ended
  const verdict = JSON.parse(stdout) as Verdict
  expect(['INCONCLUSIVE', 'NO-GO']).toContain(verdict.outcome)
  expect(exitCode).toBe(verdict.outcome === 'NO-GO' ? 1 : 2)
  expect(stderr).toContain(`aborting: ${condition}`)
  const said = verdict.troubles.find(({ code }) => code === 'run/aborted')?.message
  expect(said).toContain(condition === 'stop' ? 'the run was stopped: `gauntlet stop` by pid' : `--abort-if ${condition}: `)

  const journal = eventsOf(id)
  const abort = journal.find((event) => event.kind === 'abort')
  const leases = journal.filter((event) => event.kind === 'lease')
  const applied = new Set(leases.filter(({ state }) => state === 'applied').map(({ lease }) => lease))
  const undone = leases.filter(({ state }) => state === 'undone')
  expect(applied.size).toBeGreaterThan(0)
  expect(new Set(undone.map(({ lease }) => lease)).isSupersetOf(applied)).toBe(true)
  // How quickly is for `npm run bench` to say; here it is what follows what.
  const beforeIt = journal[(abort?.seq ?? 0) - 1]
  if (/bystanders|uptime/.test(condition)) expect(beforeIt?.kind).toBe('samples') // decided with the batch that showed it
  const at = (lease: string | undefined, state: string) =>
    leases.find((event) => event.lease === lease && event.state === state)?.atMs ?? Number.NaN
  // Each would have been held for a minute, and most of it was still to come.
  for (const lease of applied) expect(at(lease, 'undone') - at(lease, 'applied')).toBeLessThan(holdMs)
  // On the way out it is looked at what stands: nothing of ours.
  expect(verdict.scenarios[0]?.findings.find(({ about }) => about === 'clean')?.because).not.toMatch(
    /on \w+ new: (guard|lease|process|file)/,
  )
  expect(await held(id)).toEqual([])
})

test('a harness that does not answer any more is not waited for: its faults end over its head', async () => {
  const { id, child, ended } = await underWay([])
  child.kill('SIGSTOP')
  const { stdout, exitCode } = await start(['stop', id]).ended
  expect(stdout).toMatch(/did not answer in time, and .*overlap\.0.* ended without it/)
  expect(exitCode).toBe(0)
  for (const [machine, name] of [
    ['mainpc', 'Worker'],
    ['pc2', 'FarWorker'],
  ] as const)
    expect(inTool(id, machine, `tool process ${name}`)).toMatch(/"state":"[RS]"/)
  child.kill('SIGCONT')
  expect((JSON.parse((await ended).stdout) as Verdict).outcome).not.toBe('GO')
  expect(await held(id)).toEqual([])
})

test('faults that overlap are each proven, released by the time each was given, and all gone', async () => {
  const { exitCode, stdout, stderr } = await start(['drill', join(folder, 'overlap.yaml'), ...configs('small', 'mainpc', 'pc2'), '--json'])
    .ended
  expect(stderr).not.toContain('trouble')
  const verdict = JSON.parse(stdout) as Verdict
  const [scenario] = verdict.scenarios
  const { effective, recovered, clean } = scenario?.stages ?? {}
  expect({ effective, recovered, clean }, JSON.stringify(scenario?.findings, undefined, 1)).toEqual({
    effective: 'pass',
    recovered: 'pass',
    clean: 'pass',
  })
  expect([0, 2]).toContain(exitCode) // five agents are too few for a GO, and more would do
  const order = eventsOf(verdict.run.id).flatMap((event) =>
    event.kind === 'lease' && ['applying', 'releasing'].includes(event.state) ? [`${event.state} ${event.lease.slice(-1)}`] : [],
  )
  expect(order).toEqual(['applying 0', 'applying 1', 'releasing 1', 'releasing 0', 'applying 2', 'releasing 2'])
})
