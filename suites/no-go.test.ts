/** Startup configs that are wrong, up to the verdict. */
import { expect, test } from 'vitest'
import { configs, judgedRun } from './command.ts'

test('a cycle and a clash on paper are NO-GO by config, while everyone reports', async () => {
  const { verdict } = await judgedRun(['drill', 'boot', ...configs('quirky', 'mainpc', 'pc2')])
  const by = (id: string) => verdict.criteria.find((criterion) => criterion.id === id)
  expect(by('config')).toMatchObject({ outcome: 'fail' })
  for (const words of ['Listener', 'Thinker', 'Speaker', 'FarWorker', '7400']) expect(by('config')?.because).toContain(words)
  expect(by('coverage')).toMatchObject({ outcome: 'pass', measure: { value: 7, limit: 7 } })
  expect(verdict.outcome).toBe('NO-GO')
})

test('a fleet that does not come up is NO-GO, with the agent that did not and its last words', async () => {
  const { verdict, said } = await judgedRun(['drill', 'boot', ...configs('clash', 'mainpc')])
  expect(verdict.outcome).toBe('NO-GO')
  expect(Object.keys(verdict.logs)).toEqual(['mainpc/Second'])
  expect(verdict.logs['mainpc/Second']?.join('\n')).toContain('EADDRINUSE')
  expect(said).not.toContain('    at ') // no stack of ours
})
