/** What the boot scripts make of a planted violation, by their exit code and by their words. */
import { expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import type { ExecAnswer, ExecOptions } from '../fleet/engine.ts'
import type { MachineId, Topology } from '../fleet/topology.ts'
import { plantedViolations } from './validation.ts'

const configText = 'agent_groups:\n  core:\n    A: { script_path: a.py, port: 7000, health_check_port: 8000 }\n'
const never = new AbortController().signal

async function answerTo(said: Partial<ExecAnswer> | Error, text = configText) {
  const asked: { argv: readonly string[]; options: ExecOptions | undefined }[] = []
  const fleet = {
    machine: () => ({
      run: (argv: readonly string[], options?: ExecOptions) => {
        asked.push({ argv, options })
        return said instanceof Error
          ? Promise.reject(said)
          : Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...said } as ExecAnswer)
      },
    }),
  }
  const machine = { id: 'mainpc' as MachineId, configFile: 'mainpc.yaml', configText: text }
  const topology = { machines: new Map([[machine.id, machine]]), agents: new Map() } as unknown as Topology
  const [event] = await plantedViolations(fleet, topology, never)
  return { event, asked }
}
const read = 'config: standard input\nmainpc: 1/1 scripts found\n'
const refusal = `${read}invalid-config: agent_groups.core.A.planted_violation is an unknown key\n`

test('the machine is given its own config with one key more, for a dry run', async () => {
  const { event, asked } = await answerTo({ exitCode: 1, stdout: refusal })
  expect(asked.map(({ argv }) => argv)).toEqual([['start_system_v2', '--dry-run', '--config', '-']])
  expect(asked[0]?.options?.stdin).toBe(configText.replace('{ script_path', '{ "planted_violation": true, script_path'))
  expect(event).toMatchObject({
    kind: 'validation',
    machine: 'mainpc',
    planted: 'the unknown key planted_violation of A',
    answer: 'refused',
  })
  expect(event?.said).toEqual(refusal.trim().split('\n'))
})

test.each<[string, Partial<ExecAnswer>, string]>([
  ['one that starts all the same', { exitCode: 0, stdout: refusal }, 'accepted'],
  ['one that does not know the option, and so looked at another config', { exitCode: 0, stdout: 'mainpc: 1/1 scripts found\n' }, 'unclear'],
  ['one that fails for another reason', { exitCode: 1, stdout: `${read}missing-script: A\n` }, 'unclear'],
  ['one that refuses something else', { exitCode: 1, stdout: `${read}invalid-config: A has no port\n` }, 'unclear'],
  ['one that is not there', { exitCode: 127, stderr: 'not found' }, 'unclear'],
])('%s: %#', async (_, said, answer) => {
  expect((await answerTo(said)).event?.answer).toBe(answer)
})

test('a script that does not end, and a config with no place for it, are unclear; a lost engine ends the run', async () => {
  expect((await answerTo(new GauntletError('harness/tool', 'no end within 10000 ms'))).event).toMatchObject({
    answer: 'unclear',
    said: [expect.stringContaining('no end')],
  })
  const { event, asked } = await answerTo({}, 'agent_groups: {}\n')
  expect([event?.answer, asked]).toEqual(['unclear', []])
  await expect(answerTo(new GauntletError('environment/engine', 'gone'))).rejects.toThrow(/gone/)
})
