import { expect, test } from 'vitest'
import { aptErrorCode } from './apt.ts'

test.each([
  ["Err:1 http://mirror.example bookworm InRelease\n  Temporary failure resolving 'mirror.example'", 'environment/network'],
  ['E: Failed to fetch http://mirror.example/x.deb  Could not connect', 'environment/network'],
  ["E: You don't have enough free space in /var/cache/apt/archives/.", 'environment/disk'],
  ['dpkg: error: failed to write: No space left on device\nE: Failed to fetch', 'environment/disk'],
  ['E: Unable to locate package docker.io', 'environment/setup'],
])('%s', (said, code) => {
  expect(aptErrorCode(said)).toBe(code)
})
