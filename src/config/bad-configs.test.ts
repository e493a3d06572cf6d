// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configs' own expressions, which only look like templates
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readStartup } from './startup.ts'

const folder = resolve(import.meta.dirname, '../../fixtures/configs/bad')

/** Each file holds one class of mistake; all that is said about it, in order. */
const table: Readonly<Record<string, readonly string[]>> = {
  'agent-in-two-groups.yaml': ['5:5 Clerk: the same agent twice, first at line 3, column 5 (desk) (expected: each agent once)'],
  'agent-twice-in-list.yaml': ['7:11 Clerk: the same agent twice, first at line 2, column 13 (pc2_services) (expected: each agent once)'],
  'anchor-in-itself.yaml': ['3:87 *all: refers to what contains it (expected: another anchor)'],
  'bad-environment.yaml': [
    '2:33 script_path: expected a path below the project root, found "desk/clerk.py\\n"',
    '8:17 GREETING: expected a single line, found several',
    '9:7 env_vars: expected a name of letters, digits and _, found "LONG NAME"',
  ],
  'bad-names.yaml': [
    '3:5 agent: expected a name of letters, digits, _, - and ., found "Front Clerk"',
    '3:33 script_path: expected a path below the project root, found "../clerk.py"',
    '4:20 name: expected "Usher", as its key says, found "Page"',
    '4:39 script_path: expected a path below the project root, found "/srv/usher.py"',
  ],
  'bad-ports.yaml': [
    '2:54 port: expected an integer from 1024 to 65535, found 80',
    '2:77 health_check_port: expected an integer from 1024 to 65535, found 70000',
    '3:54 port: expected an integer from 1024 to 65535, found "${PORT_OFFSET}+65536", which is 65536',
    '3:97 health_check_port: expected a variable among PORT_OFFSET, found HEALTH_OFFSET',
    '4:52 port: expected an integer from 1024 to 65535, found "${PORT_OFFSET}+"',
    '4:120 config.metrics_port: expected a variable among PORT_OFFSET, found METRICS',
  ],
  'both-layouts.yaml': ['4:1 pc2_services: expected one layout, found this beside agent_groups'],
  'duplicate-agent.yaml': ['5:5 Clerk: the same key twice in one mapping, first at line 3, column 5 (expected: each key once)'],
  'duplicate-key.yaml': ['7:7 port: the same key twice in one mapping, first at line 5, column 7 (expected: each key once)'],
  'empty.yaml': ['1:1 the file is empty (expected: a mapping)'],
  'invalid-yaml.yaml': ['6:1 not valid YAML: all mapping items must start at the same column (expected: valid YAML)'],
  'key-that-is-no-word.yaml': ['8:9 a key that is not a word (expected: a plain word as key)'],
  'list.yaml': ['1:1 unknown layout: expected a mapping with agent_groups or pc2_services, found a list'],
  'mistyped-layout.yaml': [
    '1:1 unknown layout: expected a mapping with agent_groups or pc2_services, found the keys agent_group; did you mean agent_groups?',
  ],
  'no-agents-flat.yaml': ['2:1 pc2_services: expected at least one agent, found none'],
  'no-agents-nested.yaml': ['1:1 agent_groups: expected at least one agent, found none'],
  'nothing-in-layout.yaml': ['1:14 agent_groups: expected a mapping, found nothing'],
  'only-comments.yaml': ['1:1 the file is empty (expected: a mapping)'],
  'second-list.yaml': [
    '3:1 core_services: expected agents below agent_groups or pc2_services only, found some here, where nothing starts them',
  ],
  'too-many-values.yaml': ['2:7 more than 50000 values (expected: fewer aliases, or a smaller file)'],
  'two-documents.yaml': ['4:1 a second document begins here (expected: one document in a file)'],
  'unclosed-quote.yaml': [
    '3:1 not valid YAML: missing closing "quote (expected: valid YAML)',
    '3:1 not valid YAML: flow map in block collection must be sufficiently indented and end with a } (expected: valid YAML)',
  ],
  'unknown-anchor.yaml': [
    '4:11 *defaults: no anchor &defaults stands above it (expected: the name of an anchor)',
    '6:13 *base: no anchor &base stands above it (expected: the name of an anchor)',
  ],
  'unknown-key-in-agent.yaml': [
    '3:5 Clerk: health_check_port is missing, expected an integer from 1024 to 65535',
    '6:7 heath_check_port: unknown key; did you mean health_check_port? (expected: one of name, script_path, port, health_check_port, required, dependencies, config, host, env_vars)',
    '7:7 command_args: unknown key (expected: one of name, script_path, port, health_check_port, required, dependencies, config, host, env_vars)',
  ],
  'unknown-key-in-settings.yaml': [
    '2:3 enviroment: unknown key; did you mean environment? (expected: one of environment, resource_limits, health_checks)',
    '5:5 memory: unknown key; did you mean memory_mb? (expected: one of cpu_percent, memory_mb, max_threads)',
    '6:20 retry: unknown key (expected: one of interval_seconds, timeout_seconds, retries)',
  ],
  'unknown-layout.yaml': [
    '2:1 unknown layout: expected a mapping with agent_groups or pc2_services, found the keys services; did you mean pc2_services?',
  ],
  'wrong-types.yaml': [
    '2:25 DEBUG: expected a string, found a boolean',
    '3:35 cpu_percent: expected a number from 1 to 100, found 180',
    '3:51 memory_mb: expected an integer of at least 128, found 64',
    '3:68 max_threads: expected an integer of at least 1, found "many"',
    '7:20 script_path: expected a string that is not empty, found 12',
    '8:13 port: expected an integer from 1024 to 65535, found "abc"',
    '9:26 health_check_port: expected an integer from 1024 to 65535, found 6600.5',
    '10:17 required: expected true or false, without quotes, found "false"',
    '11:21 dependencies: expected a list, found "Usher"',
    '12:15 config: expected a mapping, found a list',
    '13:26 TOKEN: expected a string, found a number',
    '14:12 Usher: expected a mapping, found "later"',
    '15:10 Page: expected a mapping, found nothing',
  ],
}

const readFrom = (file: string) => readStartup({ file, text: readFileSync(join(folder, file), 'utf8') })

test.each(Object.entries(table))('%s', (file, expected) => {
  const read = readFrom(file)
  const problems = 'problems' in read ? read.problems : []
  const said = problems.map(
    ({ line, column, message, expected }) => `${line}:${column} ${message}${expected ? ` (expected: ${expected})` : ''}`,
  )
  expect(said).toEqual(expected)
  expect(problems.every((problem) => problem.file === file)).toBe(true)
})

test('blocks nested beyond the parser’s own stack are refused with the line where they become too deep', () => {
  const blocks = Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')
  const read = readStartup({ file: 'deep.yaml', text: `${blocks}agent_groups: {}\n` })
  expect(read).toEqual({
    problems: [{ file: 'deep.yaml', line: 101, column: 1, message: 'nested too deeply', expected: 'at most 100 levels' }],
  })
})

test('every bad config is in the table, and none is taken for good', () => {
  const files = readdirSync(folder).sort()
  expect(files).toEqual(Object.keys(table).sort())
  expect(files.filter((file) => !('problems' in readFrom(file)))).toEqual([])
})
