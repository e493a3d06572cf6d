import { expect, test } from 'vitest'
import { readAttempts, readEngine } from './abilities.ts'
import { isReady, type Part, renderDoctor } from './doctor.ts'

const part = (changed: Partial<Part>): Part => ({ part: 'engine', state: 'ok', needed: true, seen: '20.10', next: '', ...changed })

test('ready is when all that is needed is ok', () => {
  expect(isReady([part({}), part({ needed: false, state: 'broken' })])).toBe(true)
  expect(isReady([part({}), part({ state: 'missing' })])).toBe(false)
  expect(isReady([part({ state: 'broken' })])).toBe(false)
  expect(isReady([])).toBe(false)
})

test('the table names what stands in the way', () => {
  const text = renderDoctor({
    ready: false,
    parts: [part({}), part({ part: 'images', state: 'missing', seen: 'none', next: 'build them' })],
  })
  expect(text.split('\n')).toEqual([
    'part    state    seen   next',
    'engine  ok       20.10',
    'images  missing  none   build them',
    '',
    'The gate could not run as things are: images.',
    '',
  ])
})

test('an ability works only when it was seen to work', () => {
  const tried = readAttempts('iptables 0 \nredirect 0 \nowner 4 Unknown\nnetem 127 sh: tc: not found\n', 'the end\n')
  expect(Object.fromEntries(tried)).toEqual({
    iptables: { outcome: 'works', said: '' },
    statistic: { outcome: 'unknown', said: 'the end' },
    redirect: { outcome: 'works', said: '' },
    notrack: { outcome: 'unknown', said: 'the end' },
    owner: { outcome: 'fails', said: 'Unknown' },
    netem: { outcome: 'unknown', said: 'sh: tc: not found' },
    tbf: { outcome: 'unknown', said: 'the end' },
    vdso: { outcome: 'unknown', said: 'the end' },
  })
  const engine = (cgroups: string | undefined) =>
    Object.values(Object.fromEntries(readEngine(cgroups, 'lost'))).map(({ outcome }) => outcome)
  expect([engine('cgroupfs 1'), engine('systemd 2'), engine(undefined)]).toEqual([
    ['works', 'works'],
    ['works', 'fails'],
    ['unknown', 'unknown'],
  ])
})
