/** Startup configs that are wrong, from the command line to the verdict. */
import { expect, test } from 'vitest'
import { configs, verdictOf } from './command.ts'

test('a cycle and a clash on paper are NO-GO by config, while everyone reports', async () => {
  const { verdict, exitCode } = await verdictOf(['drill', 'boot', ...configs('quirky', 'mainpc', 'pc2')])
  const by = (id: string) => verdict.criteria.find((criterion) => criterion.id === id)
  expect(by('config')).toMatchObject({ outcome: 'fail' })
  for (const words of ['Listener', 'Thinker', 'Speaker', 'FarWorker', '7400']) expect(by('config')?.because).toContain(words)
  expect(by('coverage')).toMatchObject({ outcome: 'pass', measure: { value: 7, limit: 7 } })
  expect({ outcome: verdict.outcome, exitCode }).toEqual({ outcome: 'NO-GO', exitCode: 1 })
})

test('a fleet that does not come up is NO-GO, with the agent that did not and its last words', async () => {
  const { verdict, exitCode, stderr } = await verdictOf(['drill', 'boot', ...configs('clash', 'mainpc')])
  expect({ outcome: verdict.outcome, exitCode }).toEqual({ outcome: 'NO-GO', exitCode: 1 })
  expect(Object.keys(verdict.logs)).toEqual(['mainpc/Second'])
  expect(verdict.logs['mainpc/Second']?.join('\n')).toContain('EADDRINUSE')
  expect(stderr).not.toContain('    at ') // no stack of ours
})
