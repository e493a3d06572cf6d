/** Logs on a real fleet: JSON lines, rotated and compressed under load without losing one, on a volume that a flood cannot leave. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { logPieces, logQuotaBytes } from '../../fixtures/fleet/supervisord-conf.ts'
import { volumes } from '../../src/fleet/volumes.ts'
import { inMachine } from '../fleet/by-hand.ts'
import { mainpc, processes, type SmallFleet, smallFleet, until, well, worker } from '../small-fleet.ts'

const log = '/var/log/fleet/Worker.log'

let small: SmallFleet
beforeAll(async () => {
  small = await smallFleet(`logs-suite-${process.pid}`)
})
afterAll(() => small?.[Symbol.asyncDispose]())

const on = (...argv: string[]) => inMachine(small, mainpc, ...argv)
const pieces = async () => (await on('sh', '-c', `ls ${log}.*.gz 2> /dev/null || true`)).split('\n').filter(Boolean).sort().reverse()

/** Numbered lines on the agent's own standard output, as if it had written them; each at once, as agents do. */
async function flood(lines: number, first = 0): Promise<void> {
  const pid = (await processes(small, mainpc)).get('Worker')
  const program = `const fs = require('node:fs'), out = fs.openSync('/proc/${pid}/fd/1', 'w')
    for (let number = ${first}; number < ${first + lines}; number++) fs.writeSync(out, JSON.stringify({ number, filling: 'x'.repeat(100) }) + '\\n')`
  await on('node', '-e', program)
}

/** Among the last lines, since the agent itself may have said something after it, and a line may be the last one of a piece. */
async function isWritten(number: number): Promise<boolean> {
  return (await on('sh', '-c', `zcat -f ${log}.1.gz ${log} 2> /dev/null | tail -n 20`)).includes(`"number":${number},`)
}

test('every log is JSON lines that name their agent', async () => {
  const text = await on('sh', '-c', 'cat /var/log/fleet/Worker.log /var/log/fleet/ServiceRegistry.log /var/log/fleet/ObservabilityHub.log')
  const lines = text.trim().split('\n')
  const said = lines.map((line) => JSON.parse(line) as { at: string; level: string; agent: string; message: string })
  for (const line of said) expect(line).toMatchObject({ at: expect.any(String), level: expect.any(String), message: expect.any(String) })
  expect(new Set(said.map(({ agent }) => agent))).toEqual(new Set(['mainpc/Worker', 'mainpc/ServiceRegistry', 'mainpc/ObservabilityHub']))
})

test('under load the log stays within its quota, the last pieces are kept compressed, and no line is lost, torn or twice', async () => {
  const lines = 6000
  await flood(lines)
  expect(await until(() => isWritten(lines - 1), 20_000)).toBe(true)
  const kept = await pieces()
  expect(kept).toEqual([3, 2, 1].map((number) => `${log}.${number}.gz`))
  expect(kept).toHaveLength(logPieces)
  const sizes = (await on('stat', '-c', '%s', log, ...kept)).trim().split('\n').map(Number)
  // supervisord looks at the size after each read of up to 128 KiB.
  expect(sizes[0]).toBeLessThan(logQuotaBytes + 128 * 1024)
  for (const size of sizes.slice(1)) expect(size).toBeLessThan(logQuotaBytes / 2)
  const text = await on('sh', '-c', `zcat ${kept.join(' ')}; cat ${log}`)
  const numbers = text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { number?: number }).number)
  const numbered = numbers.filter((number) => number !== undefined)
  expect(numbered.length).toBeGreaterThan(1000)
  expect(numbered).toEqual(Array.from({ length: numbered.length }, (_, index) => lines - numbered.length + index))
  expect(await small.health(worker)).toBe(well)
})

test('the volume has its own size; when it is full the agents stay up, and logging resumes when there is room', async () => {
  const [block = 0, blocks = 0, files] = (await on('stat', '-f', '-c', '%S %b %c', '/var/log/fleet')).trim().split(' ').map(Number)
  expect([block * blocks, files]).toEqual([volumes.logs.sizeBytes, volumes.logs.files])
  const before = await processes(small, mainpc)
  await small.fleet.machine(mainpc).run(['dd', 'if=/dev/zero', 'of=/var/log/fleet/filling', 'bs=1M']) // ends with: no space left
  expect(await on('df', '--output=avail', '/var/log/fleet')).toMatch(/\n\s*0\n/)
  await flood(2000, 10_000)
  expect(await small.health(worker)).toBe(well)
  expect(await processes(small, mainpc)).toEqual(before)
  await on('rm', '/var/log/fleet/filling')
  await flood(10, 20_000)
  expect(await until(() => isWritten(20_009), 10_000)).toBe(true)
  expect(await processes(small, mainpc)).toEqual(before)
})
