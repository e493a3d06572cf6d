/** Look-up of names taken away on a real fleet: what each way of it looks like from inside, and that nothing of it outlives it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eyesOn, holdOn, machines, proven } from '../held-faults.ts'
import { pooledFleet } from '../pool.ts'
import { farWorker, mainpc, pc2, type SmallFleet, well, worker } from '../small-fleet.ts'
import { residueOf } from '../standing.ts'

let small: SmallFleet
let eyes: ReturnType<typeof eyesOn>
let leases = 0
beforeAll(async () => {
  small = await pooledFleet()
  eyes = eyesOn(small)
})
afterAll(() => small?.[Symbol.asyncDispose]())

const hold = (mode: string) => holdOn(small, `names-${++leases}`, 'dns', { mode }, machines(pc2))

test.each([
  ['time-out', /ETIMEOUT/],
  ['fail', /ESERVFAIL/],
  ['wrong', /192\.0\.2\.1/],
] as const)('look-up: %s, from inside; then the right address again', async (mode, word) => {
  const before = await residueOf(small)
  const getent = async () => (await small.fleet.machine(pc2).run(['timeout', '15', 'getent', 'ahostsv4', 'mainpc.lan'])).stdout
  const right = await getent()
  expect(right).toMatch(/^\d+\.\d+\.\d+\.\d+ /)
  const { lease, journal } = await hold(mode)
  expect(proven(journal, 'effective')).toEqual([true])
  expect((await eyes.on(pc2, 'tool', 'look-up', '--lease', lease.id, '--names', 'mainpc.lan')).said).toMatch(word)
  if (mode === 'wrong') expect(await getent()).toContain('192.0.2.1')
  else expect(await getent()).toBe('')
  expect((await eyes.on(mainpc, 'tool', 'look-up', '--lease', lease.id, '--names', 'pc2.lan')).said).toMatch(/"pc2.lan":{"address":"\d+\./)
  expect([await small.health(worker), await small.health(farWorker)]).toEqual([well, well])
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true])
  expect(await getent()).toBe(right)
  expect(await residueOf(small)).toEqual(before)
})

test('who asked for a name while it was false, and asks again from the same port, is told the truth', async () => {
  const asks = `const s = require('node:dgram').createSocket('udp4')
    const labels = 'mainpc.lan'.split('.').map((word) => String.fromCharCode(word.length) + word).join('')
    s.on('error', (error) => { console.log(error.code); s.close() })
    s.on('message', (answer) => { console.log([...answer.subarray(-4)].join('.')); s.close() })
    s.bind(53053, () => s.connect(53, '127.0.0.11', () => s.send(Buffer.from('0001' + '0100' + '0001' + '0000'.repeat(3) +
      Buffer.from(labels).toString('hex') + '00' + '0001' + '0001', 'hex'))))`
  const asked = async () => (await eyes.on(pc2, 'timeout', '5', 'node', '-e', asks)).said
  const right = (await eyes.on(pc2, 'getent', 'ahostsv4', 'mainpc.lan')).said.split(' ')[0]
  const { lease } = await hold('wrong')
  expect(await asked()).toBe('192.0.2.1')
  await lease.release()
  expect(await asked()).toBe(right)
})
