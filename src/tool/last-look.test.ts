/** What is asked of a fault while it is held and just before it is undone, and what becomes of one that was never begun. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { holdRequest, runTool, type ToolProgram, toolEnvironment, toolProgram } from '../../fixtures/tool-program.ts'
import type { Command, Step } from '../faults/fault.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { ToolLine } from './protocol.ts'

let bundle: ToolProgram
let home: string
beforeAll(() => {
  bundle = toolProgram()
}, 60_000)
afterAll(() => bundle[Symbol.dispose]())
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gauntlet-tool-'))
})
afterEach(() => {
  for (const lease of tool(['leases']).stdout.split('\n').filter(Boolean)) tool(['release', JSON.parse(lease).lease, '--at-once'])
  rmSync(home, { recursive: true })
})

const tool = (args: readonly string[], stdin = '') => runTool(bundle.file, home, args, stdin)
const told = (lines: readonly ToolLine[]) =>
  lines.map((line) => (line.kind === 'proof' ? `${line.query} ${line.index} ${JSON.stringify(line.answer)}` : line.kind))

test('what was refused is not undone: its undo could only touch what others did; what failed after another step is', {
  timeout: 60_000,
}, () => {
  const mark = join(home, 'undone')
  const absent = absentProcess('refused', { argv: ['touch', mark] })
  expect(tool(['hold'], holdRequest('refused', [absent], { proofMs: 100 })).lines.at(-1)?.kind).toBe('refused')
  const released = tool(['release', 'refused'])
  expect([released.exitCode, released.lines.map(({ kind }) => kind), existsSync(mark)]).toEqual([0, ['undone'], false])
  expect(JSON.parse(tool(['leases']).stdout)).toMatchObject({ state: 'released', guarded: false, undone: true })

  const first = shell('true', 'true', 'false')
  expect(tool(['hold'], holdRequest('late', [first, absent], { proofMs: 100 })).lines.at(-1)?.kind).toBe('failed')
  expect(tool(['release', 'late']).lines.map(({ kind }) => kind)).toEqual(['undone', 'proof', 'proof'])
  expect(existsSync(mark)).toBe(true)
})

test('only the tool’s own verbs say by that code that they had done nothing', () => {
  expect(tool(['hold'], holdRequest('foreign', [shell('exit 4', 'true', 'false')], { proofMs: 100 })).lines.at(-1)?.kind).toBe('failed')
})

test('every step is asked once more just before it is undone, at once answered or not, and before the undo is told', {
  timeout: 60_000,
}, () => {
  const flag = join(home, 'flag')
  const held = tool(['hold'], holdRequest('look', [shell(`touch ${flag}`, `test -e ${flag}`, 'false'), shell('true', 'true', 'false')]))
  expect(held.lines.map(({ kind }) => kind)).toEqual(['armed', 'applied', 'proof', 'proof'])
  rmSync(flag) // it ended by itself
  expect(told(tool(['release', 'look']).lines)).toEqual([
    ...['lasting 0 {"is":false}', 'lasting 1 {"is":true}', 'undone'],
    ...['gone 1 {"is":false}', 'gone 0 {"is":false}'],
  ])
})

test('while it is held it is looked at as often as somebody asks, by the question for that; not before, and not when it is over', {
  timeout: 60_000,
}, async () => {
  const flag = join(home, 'flag')
  const step: Step = { ...shell(`touch ${flag}`, 'true', 'false'), lasting: asks(`test -e ${flag}`, true) }
  expect(tool(['look', 'kept'])).toMatchObject({ exitCode: 1, stderr: 'no fault is held here as kept\n', lines: [] })
  tool(['hold'], holdRequest('kept', [step], { ttlMs: 5_000 }))
  expect(told(tool(['look', 'kept']).lines)).toEqual(['lasting 0 {"is":true}'])
  rmSync(flag)
  expect(told(tool(['look', 'kept']).lines)).toEqual(['lasting 0 {"is":false}'])
  writeFileSync(flag, '')
  expect(told(tool(['look', 'kept']).lines)).toEqual(['lasting 0 {"is":true}'])
  for (const endMs = performance.now() + 20_000; performance.now() < endMs; await sleep(100))
    if (told(tool(['look', 'kept']).lines).includes('expired')) break
  expect(told(tool(['look', 'kept']).lines)).toEqual(['expired'])

  tool(['hold'], holdRequest('over', [step]))
  tool(['release', 'over'])
  expect(tool(['look', 'over']).lines).toEqual([])
})

test('one that is to be over at once, and one that was over at once, are not asked once more', { timeout: 60_000 }, () => {
  const flag = join(home, 'flag')
  for (const [lease, lasts, how] of [
    ['cut', 'until-undone', ['--at-once']],
    ['brief', 'instant', []],
  ] as const) {
    tool(['hold'], holdRequest(lease, [shell(`touch ${flag}`, `test -e ${flag}`, 'false')], { proofMs: 100, lasts }))
    expect(tool(['release', lease, ...how]).lines.map(({ kind }) => kind)).toEqual(['undone', 'proof'])
  }
})

test('what the guard ended while it was looked at shows nothing, and the guard does not wait for the look', {
  timeout: 60_000,
}, async () => {
  const wait = join(home, 'wait')
  const slow = shell('true', `while [ -e ${wait} ]; do sleep 0.05; done`, 'false')
  slow.undo.argv[2] = `rm -f ${wait}`
  expect(tool(['hold'], holdRequest('slow', [slow], { ttlMs: 3_000, proofMs: 100 })).exitCode).toBe(0)
  writeFileSync(wait, '') // a look would now last until the undo
  const releasing = spawn(process.execPath, [bundle.file, 'release', 'slow'], {
    env: toolEnvironment(home),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const said: Buffer[] = []
  releasing.stdout.on('data', (chunk: Buffer) => said.push(chunk))
  await new Promise((resolve) => releasing.once('close', resolve))
  const lines = Buffer.concat(said).toString().split('\n').filter(Boolean)
  expect(lines.map((line) => (JSON.parse(line) as ToolLine).kind)).toEqual(['expired', 'undone', 'proof'])
})

test('a question that could not be answered is told from one that was, whatever the answer', () => {
  const cases: readonly (readonly [Command['argv'], { readonly answer: unknown; readonly problem: unknown }])[] = [
    [['sh', '-c', 'echo \'{"is":true}\'; exit 1'], { answer: null, problem: expect.stringMatching(/^`sh -c .*` ended with 1$/) }],
    [['sh', '-c', 'echo no such file >&2; exit 1'], { answer: null, problem: 'no such file' }],
    [['echo', '{"is":false}'], { answer: { is: false }, problem: null }],
    [['echo', 'yes'], { answer: null, problem: expect.stringContaining('what is no answer: yes') }],
    [['true'], { answer: null, problem: expect.stringContaining('what is no answer') }],
    [['tool', 'unheard'], { answer: null, problem: 'no verb unheard' }],
    [['no-such-program'], { answer: null, problem: expect.stringContaining('ENOENT') }],
    [['sh', '-c', 'kill -KILL $$'], { answer: null, problem: expect.stringContaining('ended with 137') }],
  ]
  const steps = cases.map(([argv]): Step => ({ ...shell('true', 'true', 'true'), effective: { command: { argv }, holds: isSo } }))
  const { lines, exitCode } = tool(['hold'], holdRequest('asked', steps, { proofMs: 1 }))
  expect(exitCode).toBe(0)
  expect(lines.filter(({ kind }) => kind === 'proof')).toMatchObject(cases.map(([, said]) => said))
})

const isSo = { path: '/is', op: 'is', value: true } as const

/** By the exit code of a script. */
function asks(script: string, value: boolean) {
  const argv: Command['argv'] = ['sh', '-c', `if ${script}; then echo '{"is":true}'; else echo '{"is":false}'; fi`]
  return { command: { argv }, holds: { ...isSo, value } }
}

/** Of scripts; it is gone when the last one fails. Its undo does nothing. */
function shell(apply: string, effective: string, gone: string) {
  const run = (script: string) => ({ argv: ['sh', '-c', script] as [string, ...string[]] })
  return { machine: 'm' as MachineId, undo: run('true'), apply: run(apply), effective: asks(effective, true), gone: asks(gone, false) }
}

/** Of nobody: supervisord runs no process of this name. */
function absentProcess(lease: string, undo: Step['undo']): Step {
  const apply = {
    argv: ['tool', 'signal', '--lease', lease, '--signal', 'STOP', '--process', `Nobody${process.pid}`] as [string, ...string[]],
  }
  return { ...shell('true', 'true', 'false'), apply, undo }
}
