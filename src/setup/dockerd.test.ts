import { expect, test } from 'vitest'
import { pidFileState } from './dockerd.ts'

const processes: Readonly<Record<number, string>> = { 42: 'dockerd', 43: 'postgres' }
const commandOf = (pid: number) => processes[pid]

test.each([
  ['no pid file', undefined, { kind: 'absent' }],
  ['an engine that runs', '42\n', { kind: 'running', pid: 42 }],
  ['a pid that somebody else has by now', '43', { kind: 'stale' }],
  ['a process that is gone', '44', { kind: 'stale' }],
  ['an empty file', '', { kind: 'stale' }],
  ['no number', 'dockerd', { kind: 'stale' }],
])('%s', (_name, text, expected) => {
  expect(pidFileState(text, 'dockerd', commandOf)).toEqual(expected)
})
