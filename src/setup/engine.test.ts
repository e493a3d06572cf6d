import { expect, test } from 'vitest'
import { readAnswer } from './engine.ts'

test.each([
  [{ exitCode: 0, stdout: '20.10.24\n', stderr: '' }, 'answers'],
  [{ exitCode: 127, stdout: '', stderr: 'spawn docker ENOENT' }, 'no-client'],
  [{ exitCode: 1, stdout: '', stderr: 'permission denied while trying to connect to the Docker daemon socket' }, 'denied'],
  [{ exitCode: 1, stdout: '', stderr: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock' }, 'silent'],
  [{ exitCode: 124, stdout: '', stderr: 'ended after 5 s' }, 'silent'],
])('%o is %s', (ran, kind) => {
  expect(readAnswer(ran, 'unix:///x.sock').kind).toBe(kind)
})
