import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { withValue } from './edit.ts'
import type { Path } from './nodes.ts'

const block = `# first
a:
  b: 1 # one
  list:
    - x
    - y
c: { d: 2, e: [p] }
rows:
  - { name: A, port: 1 }
  - name: B
    port: 2
`

test.each<[string, Path, unknown, string]>([
  ['a scalar', ['a', 'b'], 7, block.replace('b: 1 #', 'b: 7 #')],
  ['a block list', ['a', 'list'], ['x', 'z'], block.replace('    - x\n    - y\n', '      ["x","z"]\n')],
  ['a flow list', ['c', 'e'], ['p', 'q'], block.replace('[p]', '["p","q"]')],
  ['a new key in a block', ['a', 'new'], 'v', block.replace('  b: 1', '  "new": "v"\n  b: 1')],
  ['a new key in a flow mapping', ['c', 'new'], 3, block.replace('{ d', '{ "new": 3, d')],
  ['a new key at the top', ['z_port'], 9, block.replace('a:\n', '"z_port": 9\na:\n')],
  ['a value in a row', ['rows', 0, 'port'], 5, block.replace('port: 1', 'port: 5')],
  ['a new key in a row', ['rows', 1, 'env'], { K: 'v' }, block.replace('- name: B', '- "env": {"K":"v"}\n    name: B')],
])('%s is changed where it stands, and nothing else', (_, path, value, expected) => {
  expect(withValue(block, path, value)).toBe(expected)
})

test('a list as far left as its key, at the end of a text without a last line break', () => {
  expect(withValue('a:\n  list:\n  - x\n  - y', ['a', 'list'], ['z'])).toBe('a:\n  list:\n    ["z"]')
})

test.each<[string, Path]>([
  [block, ['nowhere', 'x']],
  [block, ['a', 'b', 'x']],
  ['a: &x { b: 1 }\nc: *x\n', ['c', 'b']],
])('what has no place is refused, with its path', (text, path) => {
  const message = `${path.join('.')} cannot be changed where it stands`
  expect(() => withValue(text, path, 2)).toThrow(
    expect.objectContaining({ code: 'usage/file', problems: [expect.objectContaining({ message })] }),
  )
})

test.each(['mainpc', 'pc2'])('in the invented %s any agent can be given another need', (machine) => {
  const text = readFileSync(join(import.meta.dirname, `../../fixtures/configs/${machine}.startup.yaml`), 'utf8')
  const file = parse(text) as { agent_groups?: Record<string, Record<string, object>>; pc2_services?: object[] }
  const paths: Path[] = [
    ...Object.entries(file.agent_groups ?? {}).flatMap(([group, agents]) =>
      Object.keys(agents).map((name): Path => ['agent_groups', group, name]),
    ),
    ...(file.pc2_services ?? []).map((_, index): Path => ['pc2_services', index]),
  ]
  expect(paths.length).toBe(machine === 'mainpc' ? 54 : 23)
  for (const path of paths.filter((_, index) => [0, 30, paths.length - 1].includes(index))) {
    const edited = withValue(withValue(text, [...path, 'dependencies'], ['Other']), [...path, 'env_vars'], { A: 'b' })
    expect(edited.split('\n').filter((line) => line.includes('#')).length).toBe(
      text.split('\n').filter((line) => line.includes('#')).length,
    )
  }
})
