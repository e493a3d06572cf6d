import { expect, test } from 'vitest'
import { names } from './names.ts'

/** A name server whose answers are given by hand. */
function setUp(everyMs = 1000) {
  const asked: string[] = []
  const waiting: ((address: string | undefined) => void)[] = []
  const clock = { ms: 0 }
  const resolve = (host: string) =>
    new Promise<string>((done, fail) => {
      asked.push(host)
      waiting.push((address) => (address === undefined ? fail(new Error('ENOTFOUND')) : done(address)))
    })
  const answer = async (address: string | undefined) => {
    waiting.shift()?.(address)
    await new Promise(setImmediate)
  }
  return { names: names(() => clock.ms, resolve, everyMs), asked, answer, clock }
}

test('a name is looked up once, and the address kept', async () => {
  const { names, asked, answer } = setUp()
  expect(names.address('mainpc')).toBeUndefined()
  expect(names.address('mainpc')).toBeUndefined()
  await answer('10.0.0.2')
  expect(names.address('mainpc')).toBe('10.0.0.2')
  expect(asked).toEqual(['mainpc'])
})

test('doubt asks again, but not more often than the rate allows', async () => {
  const { names, asked, answer, clock } = setUp()
  names.address('mainpc')
  await answer('10.0.0.2')
  clock.ms = 999
  for (let i = 0; i < 5; i++) names.doubt('mainpc')
  expect(asked).toHaveLength(1)
  clock.ms = 1000
  for (let i = 0; i < 5; i++) names.doubt('mainpc')
  expect(asked).toHaveLength(2)
  expect(names.address('mainpc')).toBe('10.0.0.2')
  await answer('10.0.0.3')
  expect(names.address('mainpc')).toBe('10.0.0.3')
})

test('a failed look-up keeps what was known, and what is unknown is asked for again', async () => {
  const { names, asked, answer, clock } = setUp()
  names.address('pc2')
  await answer(undefined)
  expect(names.address('pc2')).toBeUndefined()
  expect(asked).toHaveLength(1)
  clock.ms = 1500
  names.address('pc2')
  await answer('10.0.0.4')
  clock.ms = 3000
  names.doubt('pc2')
  await answer(undefined)
  expect(names.address('pc2')).toBe('10.0.0.4')
})

test('a look-up that hangs does not keep the next from being asked', async () => {
  const { names, asked, answer, clock } = setUp()
  names.address('pc2')
  clock.ms = 1000
  names.address('pc2')
  expect(asked).toHaveLength(2)
  await answer(undefined)
  await answer('10.0.0.4')
  expect(names.address('pc2')).toBe('10.0.0.4')
})

test('the real look-up knows localhost, and refuses what is nowhere', async () => {
  const real = names(() => performance.now())
  await real.prime(['localhost', 'nowhere.invalid'], 5000)
  expect(real.address('localhost')).toBe('127.0.0.1')
  expect(real.address('nowhere.invalid')).toBeUndefined()
})

test('an address needs no look-up', async () => {
  const { names, asked } = setUp()
  await names.prime(['127.0.0.1'], 1000)
  expect(names.address('127.0.0.1')).toBe('127.0.0.1')
  expect(names.address('127.0.0.2')).toBe('127.0.0.2')
  names.doubt('127.0.0.1')
  expect(asked).toEqual([])
})

test('priming waits for each name, but not for ever', async () => {
  const { names, answer } = setUp()
  const primed = names.prime(['mainpc', 'mainpc', 'pc2'], 60_000)
  await answer('10.0.0.2')
  await answer('10.0.0.4')
  await primed
  expect([names.address('mainpc'), names.address('pc2')]).toEqual(['10.0.0.2', '10.0.0.4'])
  await names.prime(['silent'], 5)
  expect(names.address('silent')).toBeUndefined()
})
