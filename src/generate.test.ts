import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { Check } from 'typebox/value'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { generatedFiles } from './generate.ts'

const root = resolve(import.meta.dirname, '..')

test.each(Object.entries(generatedFiles()))('%s says what the code says (npm run generate)', (path, text) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text)
})

test('no schema is left over from an earlier code', () => {
  const generated = Object.keys(generatedFiles()).filter((path) => path.startsWith('schemas/'))
  expect(readdirSync(join(root, 'schemas')).sort()).toEqual(generated.map((path) => basename(path)).sort())
})

test('the published scenario schema takes our scenarios, and refuses a fault with the parameter of another', () => {
  const schema = JSON.parse(generatedFiles()['schemas/scenario.schema.json'] ?? '')
  const scenario = parse(readFileSync(join(root, 'scenarios/agent-kill.yaml'), 'utf8'))
  expect(Check(schema, scenario)).toBe(true)
  expect(Check(schema, { ...scenario, faults: [{ ...scenario.faults[0], kind: 'process-stop' }] })).toBe(false)
})

test('the published schema of startup configs takes both of the invented pair, and neither without its agents', () => {
  const schema = JSON.parse(generatedFiles()['schemas/startup-config.schema.json'] ?? '')
  for (const machine of ['mainpc', 'pc2']) {
    const config = parse(readFileSync(join(root, `fixtures/configs/${machine}.startup.yaml`), 'utf8'), { version: '1.1' })
    expect(Check(schema, config)).toBe(true)
    expect(Check(schema, { ...config, agent_groups: undefined, pc2_services: undefined })).toBe(false)
  }
})
