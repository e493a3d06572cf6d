/** Defects E1, E2 and E3 on real fleets, and a good fleet that is flooded in the same way: by turns to both outputs of an agent. */
import { describe, expect, test } from 'vitest'
import { logPieces, logQuotaBytes } from '../../fixtures/fleet/supervisord-conf.ts'
import type { AgentId } from '../../src/fleet/topology.ts'
import { inMachine } from '../fleet/by-hand.ts'
import { farWorker, mainpc, openSmallFleet, pc2, processes, type SmallFleet, until, well, worker } from '../small-fleet.ts'

const registry = 'mainpc/ServiceRegistry' as AgentId
const edgeHub = 'pc2/ObservabilityHub' as AgentId
const log = '/var/log/fleet/ServiceRegistry.log'
const lines = 6000
const patienceMs = 60_000

async function fleetWith(...defects: string[]): Promise<SmallFleet> {
  const small = await openSmallFleet(`log-defects-${defects.join('') || 'good'}-${process.pid}`.toLowerCase(), { defects })
  const isUp = async () => {
    const answers = await Promise.all([registry, worker].map(small.health))
    const running = await processes(small, mainpc) // supervisord names the process of who has been up for a second
    return answers.every((answer) => answer === well) && running.has('ServiceRegistry') && running.has('Worker')
  }
  expect(await until(isUp, patienceMs)).toBe(true)
  return small
}

/** Numbered lines on both outputs of ServiceRegistry, by turns, as if it had written them. */
async function flood(small: SmallFleet, count: number): Promise<void> {
  const pid = (await processes(small, mainpc)).get('ServiceRegistry')
  const program = `const fs = require('node:fs'), outs = [1, 2].map((fd) => fs.openSync('/proc/${pid}/fd/' + fd, 'w'))
    for (let number = 0; number < ${count}; number++) fs.writeSync(outs[number % 2], JSON.stringify({ number, filling: 'x'.repeat(100) }) + '\\n')`
  await inMachine(small, mainpc, 'node', '-e', program)
}

const at = (small: SmallFleet, command: string) => inMachine(small, mainpc, 'sh', '-c', command)
const pieces = async (small: SmallFleet) => (await at(small, `ls ${log}.*.gz 2> /dev/null || true`)).split('\n').filter(Boolean)
const sizeOf = async (small: SmallFleet, file: string) => Number(await at(small, `stat -c %s ${file}`))

/** Of what is kept: numbers of whole lines, in their order, and lines that are not whole. */
async function kept(small: SmallFleet): Promise<{ readonly numbers: readonly number[]; readonly torn: number }> {
  const text = await at(small, `for n in 3 2 1; do [ ! -e ${log}.$n.gz ] || zcat ${log}.$n.gz; done; cat ${log}`)
  const read = text
    .trim()
    .split('\n')
    .map((line) => {
      try {
        return (JSON.parse(line) as { number?: number }).number
      } catch {
        return null
      }
    })
  return { numbers: read.filter((number) => typeof number === 'number'), torn: read.filter((number) => number === null).length }
}

/** Nothing comes any more. */
async function settled(small: SmallFleet): Promise<void> {
  let before = ''
  const isQuiet = async () => {
    const now = await at(small, `cat ${log} | tail -c 400; ls -l ${log}*`)
    const same = now === before
    before = now
    return same
  }
  expect(await until(isQuiet, patienceMs)).toBe(true)
}

describe('a flood', () => {
  test('of a good fleet is rotated, and of what is kept no line is lost or torn', async () => {
    await using small = await fleetWith()
    await flood(small, lines)
    await settled(small)
    expect(await pieces(small)).toHaveLength(logPieces)
    const { numbers, torn } = await kept(small)
    expect(torn).toBe(0)
    expect(numbers.length).toBeGreaterThan(1000)
    const first = numbers.toSorted((a, b) => a - b)[0] as number
    // Two descriptors of one pipe keep the order of their writes.
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => first + index))
  })

  test('E1: of a fleet without rotation grows beyond every quota, until the volume is full', async () => {
    await using small = await fleetWith('E1')
    await flood(small, lines)
    await settled(small)
    expect(await pieces(small)).toEqual([])
    expect(await sizeOf(small, log)).toBeGreaterThan(4 * logQuotaBytes)
    const isFull = async () => / 0$/.test((await at(small, 'df --output=avail /var/log/fleet | tail -n 1')).trimEnd())
    for (let floods = 0; floods < 10 && !(await isFull()); floods++) await flood(small, 5 * lines)
    expect(await until(isFull, patienceMs)).toBe(true)
  })

  test('E2: of a fleet with two writers loses and tears lines; E3: an agent dies with its full disk, and lives again with its room', async () => {
    await using small = await fleetWith('E2', 'E3')
    const before = await kept(small)
    expect(before.torn).toBe(0)
    await flood(small, lines)
    await settled(small)
    const { numbers, torn } = await kept(small)
    const range = [Math.min(...numbers), Math.max(...numbers)] as const
    expect(torn).toBeGreaterThan(0)
    expect(numbers.length).toBeLessThan(range[1] - range[0] + 1)

    const running = async () => (await processes(small, pc2)).get('FarWorker')
    expect(await until(async () => (await small.health(farWorker)) === well && (await running()) !== undefined, patienceMs)).toBe(true)
    const pid = await running()
    await small.fleet.machine(pc2).run(['dd', 'if=/dev/zero', 'of=/var/log/fleet/filling', 'bs=1M']) // ends with: no space left
    expect(await until(async () => (await running()) !== pid && (await small.health(farWorker)) !== well, 20_000)).toBe(true)
    const names = await inMachine(small, pc2, 'sh', '-c', `cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -c AGENT_NAME=ObservabilityHub`)
    expect(names).not.toBe('0')
    expect(await small.health(edgeHub)).toBe(well) // a bystander, whose logger is another
    await inMachine(small, pc2, 'rm', '/var/log/fleet/filling')
    expect(await until(async () => (await small.health(farWorker)) === well, patienceMs)).toBe(true)
  })
})
