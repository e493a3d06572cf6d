import { expect, test } from 'vitest'
import { profileOf, readProfiles } from './profiles.ts'

test('the profiles there are: everything mitigated, and nothing', () => {
  expect(profileOf('phase0')).toMatchObject({ name: 'phase0', legacy: 0 })
  expect(profileOf('legacy')).toEqual({ name: 'legacy', legacy: 29, mitigations: [] })
})

test('an unknown profile is refused with those there are, and the one that was meant', () => {
  expect(() => profileOf('phase1')).toThrow(/there are legacy, phase0; did you mean phase0\?/)
})

test.each([
  'phase0: { legacy: -1, mitigations: [] }',
  'phase0: { legacy: 0, mitigations: [hope] }',
  'phase0: { legacy: 0, mitigations: [], more: 1 }',
  'phase0: { legacy: 0 }',
  '[]',
])('%s is no list of profiles', (text) => {
  expect(() => readProfiles(text)).toThrow(expect.objectContaining({ code: 'usage/file' }))
})
