/** The two ends of a hold: what is asked of a fault just before it is undone, and what becomes of one that was never begun. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { holdRequest, runTool, type ToolProgram, toolEnvironment, toolProgram } from '../../fixtures/tool-program.ts'
import type { Step } from '../faults/fault.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { ToolLine } from './protocol.ts'

let bundle: ToolProgram
let home: string
beforeAll(() => {
  bundle = toolProgram()
})
afterAll(() => bundle[Symbol.dispose]())
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gauntlet-tool-'))
})
afterEach(() => {
  for (const lease of tool(['leases']).stdout.split('\n').filter(Boolean)) tool(['release', JSON.parse(lease).lease, '--at-once'])
  rmSync(home, { recursive: true })
})

const tool = (args: readonly string[], stdin = '') => runTool(bundle.file, home, args, stdin)

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
  const { lines } = tool(['release', 'look'])
  expect(lines.map((line) => (line.kind === 'proof' ? `${line.query} ${line.index} ${line.exitCode}` : line.kind))).toEqual([
    ...['effective 0 1', 'effective 1 0', 'undone'],
    ...['gone 1 1', 'gone 0 1'],
  ])
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

test('a query that failed is told from one that saw that it is not so', () => {
  const step = (argv: [string, ...string[]], expect: Step['effective']['expect']): Step => ({
    ...shell('true', 'true', 'true'),
    effective: { command: { argv }, expect },
  })
  const cases: readonly (readonly [Step, boolean])[] = [
    [step(['sh', '-c', 'echo yes; exit 1'], { matches: 'yes' }), false],
    [step(['echo', 'no'], { matches: 'yes' }), true],
    [step(['tool', 'unheard'], { matches: 'yes' }), false],
    [step(['test', '-e', '/nowhere'], { exitCode: 0 }), true],
    [step(['no-such-program'], { exitCode: 0 }), false],
    [step(['sh', '-c', 'kill -KILL $$'], { exitCode: 0 }), false],
  ]
  const { lines } = tool(
    ['hold'],
    holdRequest(
      'asked',
      cases.map(([each]) => each),
      { proofMs: 1 },
    ),
  )
  const asked = lines.flatMap((line) => (line.kind === 'proof' ? [line.asked] : []))
  expect(asked).toEqual(cases.map(([, wasAsked]) => wasAsked))
})

/** Of scripts, all by exit code 0; its undo does nothing. */
function shell(apply: string, effective: string, gone: string) {
  const run = (script: string) => ({ argv: ['sh', '-c', script] as [string, ...string[]] })
  const asks = (script: string, exitCode: number) => ({ command: run(script), expect: { exitCode } })
  return { machine: 'm' as MachineId, undo: run('true'), apply: run(apply), effective: asks(effective, 0), gone: asks(gone, 1) }
}

/** Of nobody: supervisord runs no process of this name. */
function absentProcess(lease: string, undo: Step['undo']): Step {
  const apply = {
    argv: ['tool', 'signal', '--lease', lease, '--signal', 'STOP', '--process', `Nobody${process.pid}`] as [string, ...string[]],
  }
  return { ...shell('true', 'true', 'false'), apply, undo }
}
