import { describe, expect, test } from 'vitest'
import type { Progress } from './progress.ts'
import { type Step, startSteps } from './steps.ts'

const silent: Progress = { during: (_name, work) => work(() => undefined) }

/** A part that is absent until installed; `log` gets what was done, in order. */
function absent<T>(name: string, value: T, log: string[], install: () => Promise<void> = async () => undefined): Step<T> {
  let there = false
  return {
    detect: async () => (there ? value : undefined),
    install: async () => {
      log.push(`${name} begins`)
      await install()
      log.push(`${name} ends`)
      there = true
    },
  }
}

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 5))

describe('startSteps', () => {
  test('what is there is not installed', async () => {
    const { step, settled } = startSteps(silent)
    const given = step('a', [], () => ({ detect: async () => 7, install: () => Promise.reject(new Error('installed')) }))
    await settled()
    expect(await given).toBe(7)
  })

  test('a step begins after what it needs, with what that gave', async () => {
    const log: string[] = []
    const { step, settled } = startSteps(silent)
    const a = step('a', [], () => absent('a', 2, log, soon))
    const b = step('b', [], () => absent('b', 3, log, soon))
    const sum = step('sum', [a, b], (a, b) => absent('sum', a + b, log))
    await settled()
    expect(await sum).toBe(5)
    expect(log).toEqual(['a begins', 'b begins', 'a ends', 'b ends', 'sum begins', 'sum ends'])
  })

  test('what fails takes those with it that need it, and no other is cut off', async () => {
    const log: string[] = []
    const { step, settled } = startSteps(silent)
    const bad = step('bad', [], () => absent('bad', 1, log, () => Promise.reject(new Error('no mirror'))))
    step('needs bad', [bad], () => absent('needs bad', 1, log))
    step('other', [], () => absent('other', 1, log, soon))
    await expect(settled()).rejects.toThrow('no mirror')
    expect(log).toEqual(['bad begins', 'other begins', 'other ends'])
  })

  test('an installation that changed nothing is an error', async () => {
    const { step, settled } = startSteps(silent)
    step('ghost', [], () => ({ detect: async () => undefined, install: async () => undefined }))
    await expect(settled()).rejects.toMatchObject({ code: 'environment/setup', message: expect.stringContaining('ghost') })
  })
})
