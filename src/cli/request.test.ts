import { expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import { type Arguments, readArguments } from './arguments.ts'
import { commands } from './commands.ts'
import { drillRequest, fleetRequest, gateRequest } from './request.ts'

const read = (...argv: string[]): Arguments => readArguments(argv, commands)

function problemsOf(ask: () => unknown): readonly string[] {
  try {
    ask()
  } catch (error) {
    if (error instanceof GauntletError) return error.problems.map(({ message }) => message)
    throw error
  }
  return []
}

test('the gate is planned whole, from the invented pair, before anything is started', () => {
  const { suite, planned, configs, reproduce } = gateRequest(read('gate', '--seed', '7'))
  expect(configs.topology.agents.size).toBe(77)
  expect(planned.map(({ scenario }) => scenario.name)).toEqual(suite.scenarios)
  expect(planned.every(({ faults }) => faults.length > 0)).toBe(true)
  expect(reproduce).toBe('./gauntlet gate --seed 7')
})

test('a part of the gate still answers for the whole', () => {
  const { suite, planned } = gateRequest(read('gate', '--only', 'boot,agent-kill'))
  expect(planned.map(({ scenario }) => scenario.name)).toEqual(['boot', 'agent-kill'])
  expect(suite.scenarios).toHaveLength(9)
})

test('a seed decides whom faults hit, and each use of a fault draws anew', () => {
  const targets = (seed: string) =>
    gateRequest(read('gate', '--seed', seed)).planned.map(({ faults }) => faults.map(({ plan }) => plan.targets))
  expect(targets('7')).toEqual(targets('7'))
  const drawn = ['1', '2', '3', '4', '5'].map((seed) => JSON.stringify(targets(seed)))
  expect(new Set(drawn).size).toBeGreaterThan(1)
  const [kill, hang] = ['agent-kill', 'agent-hang'].map((name) =>
    [1, 2, 3, 4, 5].map((seed) => drillRequest(read('drill', name, '--seed', `${seed}`)).planned[0]?.faults[0]?.plan.targets),
  )
  expect(kill).not.toEqual(hang)
})

test('a seed that was drawn is part of the line that reproduces the run', () => {
  const { seed, reproduce } = drillRequest(read('drill', 'agent-kill', '--for', '3s'))
  expect(reproduce).toBe(`./gauntlet drill agent-kill --for 3s --seed ${seed}`)
})

test('a drill is aimed and held as asked', () => {
  const [planned] = drillRequest(read('drill', 'agent-hang', '--target', 'pc2/ObservabilityHub', '--for', '3s')).planned
  expect(planned?.faults[0]).toMatchObject({ holdMs: 3000, plan: { targets: ['pc2/ObservabilityHub'] } })
})

test('whatever is wrong is said at once, across arguments, files, profiles and targets', () => {
  const all = problemsOf(() => gateRequest(read('gate', '--config', '/nowhere.yaml', '--profile', 'nope', '--only', 'zzz', '--seed', 'x')))
  for (const words of ['no such file', 'no profile nope', 'no scenario zzz', '"x" is not a seed']) expect(all.join('\n')).toContain(words)
  const drill = problemsOf(() => drillRequest(read('drill', 'agent-kill', '--target', 'Nobody', '--for', '10')))
  for (const words of ['no agent is called Nobody', '"10" is not a duration']) expect(drill.join('\n')).toContain(words)
})

test('nobody aims at who watches the fleet, or ends its faults', () => {
  for (const target of ['observer', 'tool-mainpc', 'pc2.mgmt'])
    expect(problemsOf(() => drillRequest(read('drill', 'agent-kill', '--target', target)))).toEqual([
      `--target: ${target} watches the fleet or ends its faults, and no fault may touch it`,
    ])
})

const requested = (...options: string[]) => fleetRequest(read('up', ...options))

test('times are as the plan has them, unless a scale is given', () => {
  expect(requested().timeScale).toBe(1)
  expect(requested('--time-scale', '30').timeScale).toBe(30)
  expect(requested('--time-scale', '2.5').timeScale).toBe(2.5)
})

test.each(['0', '0.5', '61', '-2', '1e1', 'fast', 'Infinity'])(
  'a time scale of %s is refused, together with what else is wrong',
  (scale) => {
    expect(problemsOf(() => requested(`--time-scale=${scale}`))).toEqual([`--time-scale: "${scale}" is no such number`])
    expect(problemsOf(() => requested(`--time-scale=${scale}`, '--profile', 'phase9')).join()).toContain('phase9')
  },
)

test('defects are put into the fleet by every command that brings one up, and stand in the line that does it again', () => {
  expect(requested().defects).toEqual([])
  expect(requested('--defect', 'D3', '--defect', 'C2,B3').defects.map(({ id }) => id)).toEqual(['B3', 'C2', 'D3'])
  const { defects, reproduce } = drillRequest(read('drill', 'boot', '--defect', 'A1,D3', '--seed', '7'))
  expect(defects).toMatchObject([{ machines: ['mainpc'] }, { agents: [expect.stringMatching(/^pc2\//)] }])
  expect(reproduce).toBe('./gauntlet drill boot --defect A1,D3 --seed 7')
})

test('a defect that there is not is refused with the rest', () => {
  const all = problemsOf(() => gateRequest(read('gate', '--defect', 'D33,D1,D3', '--profile', 'nope')))
  for (const words of ['no defect D33', 'D1 and D3 cannot be shown', 'no profile nope']) expect(all.join('\n')).toContain(words)
})

test('a fleet has the server that keeps Vault’s contract, unless HashiCorp’s own is asked for; another word is refused', () => {
  expect(requested().vault).toBe('contract')
  expect(requested('--vault', 'image').vault).toBe('image')
  expect(problemsOf(() => requested('--vault', 'real', '--time-scale', '0'))).toHaveLength(2)
})
