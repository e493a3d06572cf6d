import { expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import { readArguments } from './arguments.ts'
import { commands } from './commands.ts'
import { planOf, showPlan } from './dry-run.ts'
import { drillRequest, gateRequest } from './request.ts'

const read = (...argv: string[]) => readArguments(argv, commands)

test('the plan says whom, for how long, what, how it ends, and what it needs', () => {
  const { scenarios, abortIf } = planOf(drillRequest(read('drill', 'agent-hang', '--seed', '7', '--dry-run', '--abort-if', 'uptime=95%')))
  expect(abortIf).toEqual(['uptime=95%'])
  const [fault] = scenarios[0]?.faults ?? []
  expect(fault).toMatchObject({ fault: 'process-stop', needs: ['supervisor'], beginsMs: 0, holdMs: 12_000, ttlMs: 54_000, bystanders: 76 })
  expect(fault?.radius).toEqual(fault?.targets)
  expect(fault?.steps[0]?.undo.argv).toContain('CONT')
})

test('it is printed for a person and for a program, without an engine', () => {
  const printed: string[] = []
  const { write } = process.stdout
  const capture = (deed: () => number) => {
    process.stdout.write = (text: string | Uint8Array) => printed.push(String(text)) > 0
    try {
      return deed()
    } finally {
      process.stdout.write = write
    }
  }
  const request = gateRequest(read('gate', '--seed', '7', '--dry-run'))
  expect(capture(() => showPlan(request, false))).toBe(0)
  expect(capture(() => showPlan(request, true))).toBe(0)
  const [words = '', json = ''] = printed
  for (const part of ['hub-loss-both', 'blast radius', 'revert       tool revive', 'whatever happens', 'Nothing was started'])
    expect(words).toContain(part)
  expect(JSON.parse(json)).toMatchObject({ schema: 'gauntlet/plan@1', seed: 7 })
  expect((JSON.parse(json) as { scenarios: unknown[] }).scenarios).toHaveLength(request.planned.length)
})

test.each([
  ['uptime=0.95', { kind: 'uptime', limit: 0.95 }],
  ['uptime=95%', { kind: 'uptime', limit: 0.95 }],
  ['bystanders=3', { kind: 'bystanders', limit: 3 }],
  ['disk=95%', { kind: 'disk', limit: 0.95 }],
])('--abort-if %s', (text, condition) => {
  expect(drillRequest(read('drill', 'agent-hang', '--abort-if', text)).abortIf).toEqual([{ ...condition, text }])
})

test.each([
  'uptime',
  'uptime=',
  'uptime=95',
  'uptime=0',
  'uptime=-1',
  'bystanders=0',
  'bystanders=1.5',
  'bystanders=10%',
  'disk=101%',
  'load=3',
])('--abort-if %s is refused, beside whatever else is wrong', (text) => {
  try {
    drillRequest(read('drill', 'agent-hang', `--abort-if=${text}`, '--seed', 'x'))
  } catch (error) {
    const words = error instanceof GauntletError ? error.problems.map(({ message }) => message).join('\n') : ''
    expect(words).toContain(`"${text}" is no condition`)
    expect(words).toContain('"x" is not a seed')
    return
  }
  throw new Error('it was taken')
})
