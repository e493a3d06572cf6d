import { expect, test } from 'vitest'
import type { Ran, run } from '../base/program.ts'
import { pullVault, vaultImage } from './vault-image.ts'

function engine(answers: Readonly<Record<string, Ran>>) {
  const asked: string[] = []
  const execute: typeof run = async (argv) => {
    asked.push(argv.slice(0, 3).join(' '))
    return answers[argv[1] as string] as Ran
  }
  return { execute, asked }
}
const done: Ran = { exitCode: 0, stdout: '', stderr: '' }
const none: Ran = { exitCode: 1, stdout: '', stderr: 'Error: No such image' }

test('one that is there is not pulled again', async () => {
  const { execute, asked } = engine({ image: done })
  expect(await pullVault(execute)).toBe(vaultImage)
  expect(asked).toEqual(['docker image inspect'])
})

test('one that is not is pulled; where that fails, what was tried and seen is said, and nothing takes its place', async () => {
  expect(await pullVault(engine({ image: none, pull: done }).execute)).toBe(vaultImage)
  const refused: Ran = { exitCode: 1, stdout: '', stderr: 'dial tcp: lookup registry on 192.0.2.1:53: no such host' }
  await expect(pullVault(engine({ image: none, pull: refused }).execute)).rejects.toMatchObject({
    code: 'environment/image',
    message: expect.stringContaining(`docker pull --quiet ${vaultImage}`),
    cause: expect.stringContaining('no such host'),
  })
})
