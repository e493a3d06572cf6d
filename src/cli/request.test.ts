import { expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import { readArguments } from './arguments.ts'
import { commands } from './commands.ts'
import { fleetRequest } from './request.ts'

const requested = (...options: string[]) => fleetRequest(readArguments(['up', ...options], commands))

test('times are as the plan has them, unless a scale is given', () => {
  expect(requested().timeScale).toBe(1)
  expect(requested('--time-scale', '30').timeScale).toBe(30)
  expect(requested('--time-scale', '2.5').timeScale).toBe(2.5)
})

test.each(['0', '0.5', '61', '-2', '1e1', 'fast', 'Infinity'])(
  'a time scale of %s is refused, together with what else is wrong',
  (scale) => {
    const problemsOf = (...options: string[]) => {
      try {
        requested(...options)
      } catch (error) {
        return error instanceof GauntletError ? error.problems.map(({ message }) => message) : [String(error)]
      }
      return []
    }
    expect(problemsOf(`--time-scale=${scale}`)).toEqual([`--time-scale: "${scale}" is no such number`])
    expect(problemsOf(`--time-scale=${scale}`, '--profile', 'phase9').join()).toContain('phase9')
  },
)
