// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configs' own expressions, which only look like templates
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readStartup, type StartupConfig } from './startup.ts'

function read(text: string, variables: Record<string, string> = {}): StartupConfig {
  const result = readStartup({ file: 'a.yaml', text }, variables)
  if ('problems' in result) throw new Error(result.problems.map((problem) => problem.message).join('\n'))
  return result.config
}

function portWritten(written: string, variables?: Record<string, string>): number | undefined {
  return read(`agent_groups:\n  g:\n    A:\n      script_path: a.py\n      port: ${written}\n      health_check_port: 6000`, variables)
    .agents[0]?.port
}

test('both layouts give the same agents, each with its group', () => {
  const fields = 'script_path: a.py, port: 5600, health_check_port: 6600, dependencies: [B], env_vars: { X: y }'
  const nested = read(`agent_groups: { g: { A: { ${fields} } } }`)
  const flat = read(`pc2_services: [{ name: A, ${fields} }]`)
  const expected = { name: 'A', scriptPath: 'a.py', port: 5600, healthPort: 6600, dependencies: ['B'], environment: { X: 'y' } }
  expect(nested).toMatchObject({ layout: 'nested', machine: 'mainpc', agents: [{ ...expected, group: 'g' }] })
  expect(flat).toMatchObject({ layout: 'flat', machine: 'pc2', agents: [{ ...expected, group: 'pc2_services' }] })
})

test('an agent is required unless its config says that it is not, in the words that readers on the machines know', () => {
  const required = (more: string) =>
    read(`agent_groups: { g: { A: { script_path: a.py, port: 5600, health_check_port: 6600${more} } } }`).agents[0]?.required
  expect(required('')).toBe(true)
  expect(required(', required: false')).toBe(false)
  expect(required(', required: no')).toBe(false)
  expect(required(', required: yes')).toBe(true)
})

test('a port may be a sum, quoted or not', () => {
  expect(portWritten('"${PORT_OFFSET}+7200"')).toBe(7200)
  expect(portWritten('${PORT_OFFSET}+7200')).toBe(7200)
  expect(portWritten("'7200 + ${PORT_OFFSET}'", { PORT_OFFSET: '100' })).toBe(7300)
  expect(portWritten('"${BASE} - 10"', { BASE: '7200' })).toBe(7190)
  expect(portWritten('"${BASE:-7000}+5"')).toBe(7005)
  expect(portWritten('"7200"')).toBe(7200)
})

test('what a sum cannot be is said', () => {
  expect(() => portWritten('"${PORT_OFFSET}+7200"', { PORT_OFFSET: 'high' })).toThrow(
    'expected an integer in the variable PORT_OFFSET, found "high"',
  )
  expect(() => portWritten('"${PORT_OFFSET}+7200"', { PORT_OFFSET: '60000' })).toThrow('which is 67200')
  expect(() => portWritten('"7200 7201"')).toThrow('expected an integer from 1024 to 65535')
})

test('property: any sum of numbers is the port it adds up to', () => {
  const terms = fc.array(fc.record({ sign: fc.constantFrom('+', '-'), value: fc.nat(9999) }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(terms, (list) => {
      const sum = list.reduce((total, { sign, value }) => total + (sign === '+' ? value : -value), 30_000)
      fc.pre(sum >= 1024 && sum <= 65_535)
      expect(portWritten(`"\${START}${list.map(({ sign, value }) => `${sign}${value}`).join('')}"`, { START: '30000' })).toBe(sum)
    }),
  )
})

test('merged keys count, and the own ones win', () => {
  const text = `
shared: &shared { required: false, port: 5601, health_check_port: 6601 }
agent_groups:
  g:
    A: { port: 5600, <<: *shared, script_path: a.py }`
  expect(read(text).agents[0]).toMatchObject({ required: false, port: 5600, healthPort: 6601 })
})

test('a value is found where it is written, through an alias too', () => {
  const config = read(`
base: &base 5600
agent_groups:
  g:
    A:
      script_path: a.py
      port: *base
      health_check_port: 6600`)
  expect(config.placeOf(['agent_groups', 'g', 'A', 'health_check_port'])).toEqual({ file: 'a.yaml', line: 8, column: 26 })
  expect(config.placeOf(['agent_groups', 'g', 'A', 'port'])).toMatchObject({ line: 2 })
  expect(config.placeOf(['agent_groups', 'g', 'A', 'host'])).toMatchObject({ line: 5, column: 5 })
})

test('a group whose agents are all commented out is an empty one', () => {
  expect(read('agent_groups:\n  g: { A: { script_path: a.py, port: 5600, health_check_port: 6600 } }\n  h:\n    # B:').agents).toHaveLength(
    1,
  )
})

test('other keys of the file are kept, whatever they are', () => {
  const config = read(
    'error_bus_port: 7150\nother: [1]\npc2_services: [{ name: A, script_path: a.py, port: 7100, health_check_port: 8100 }]',
  )
  expect(config.value).toMatchObject({ error_bus_port: 7150, other: [1] })
})

test('keys that a mapping of this language would treat in its own way are plain keys', () => {
  const config = read(
    '__proto__: { port: 1 }\nconstructor: 2\npc2_services: [{ name: A, script_path: a.py, port: 7100, health_check_port: 8100 }]',
  )
  expect(Object.keys(config.value)).toContain('__proto__')
  expect(({} as Record<string, unknown>).port).toBeUndefined()
})

test('a text nested without end is refused, not a crash', () => {
  const deep = readStartup({ file: 'a.yaml', text: `a: ${'['.repeat(20_000)}` })
  expect('problems' in deep && deep.problems[0]?.message).toContain('nested too deeply')
  const valid = readStartup({ file: 'a.yaml', text: `a: ${'['.repeat(500)}${']'.repeat(500)}` })
  expect('problems' in valid && valid.problems.map(({ message }) => message)).toContain('nested too deeply')
})

test('property: no text makes the reader throw', () => {
  const pieces = fc.constantFrom(
    'agent_groups',
    'pc2_services',
    ':',
    ' ',
    '\n',
    '-',
    '{',
    '}',
    '[',
    ']',
    '&a',
    '*a',
    '<<',
    'port',
    '"',
    '12',
    '#',
    '\t',
    '? ',
    '!x',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (list) => void readStartup({ file: 'a.yaml', text: list.join('') })),
    { numRuns: 500 },
  )
})
