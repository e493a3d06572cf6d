import { expect, test } from 'vitest'
import { profileOf, readProfiles } from './profiles.ts'

test('the profiles there are: everything mitigated, nothing, and a day of the plan after the other', () => {
  const [first, ...rest] = readProfiles()
  expect(first).toEqual({ name: 'legacy', legacy: 29, rotated: 0, mitigations: [] })
  expect(rest.map(({ name }) => name)).toEqual(['day1', 'day2', 'day3', 'day4', 'day5', 'day6', 'day7', 'phase0'])
  expect(profileOf('day4')).toMatchObject({ legacy: 29, rotated: 10, mitigations: ['schema-warns', 'script-resolution', 'port-check'] })
  expect(profileOf('day7')).toMatchObject({ legacy: 24, mitigations: expect.arrayContaining(['secret-files', 'exporter-sidecar']) })
  expect(profileOf('phase0').legacy).toBe(0)
})

test('each profile has all that the one before it has, and something that it has not', () => {
  const all = readProfiles()
  for (const [index, profile] of all.entries()) {
    const before = all[index - 1]
    if (before === undefined) continue
    expect(profile.mitigations).toEqual(expect.arrayContaining([...before.mitigations]))
    expect({ ...profile, name: '' }).not.toEqual({ ...before, name: '' })
  }
})

test('an unknown profile is refused with those there are, and the one that was meant', () => {
  const refusal = (expected: unknown) =>
    expect.objectContaining({ problems: [{ message: expect.stringMatching(/^--profile: /), expected }] })
  expect(() => profileOf('phase1')).toThrow(refusal('phase0'))
  expect(() => profileOf('full')).toThrow(refusal(expect.stringMatching(/^one of legacy, day1, .*phase0$/)))
})

test.each([
  'phase0: { legacy: -1, mitigations: [] }',
  'phase0: { legacy: 0, mitigations: [hope] }',
  'phase0: { legacy: 0, mitigations: [], more: 1 }',
  'phase0: { legacy: 0 }',
  'day1: { after: legacy, mitigations: [] }',
  'a: { mitigations: [port-check] }\nb: { after: a, mitigations: [port-check] }',
  '[]',
])('%s is no list of profiles', (text) => {
  expect(() => readProfiles(text)).toThrow(expect.objectContaining({ code: 'usage/file' }))
})
