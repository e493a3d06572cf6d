import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { smallGate } from '../../suites/gate-small.ts'
import { GauntletError } from '../base/errors.ts'
import { type AskedFor, reproduceLine } from '../journal/asked-for.ts'
import { type Arguments, readArguments } from './arguments.ts'
import { commands } from './commands.ts'
import { askedOf, drillRequest, fleetRequest, gateRequest } from './request.ts'

const read = (...argv: string[]): Arguments => readArguments(argv, commands)

function errorOf(ask: () => unknown): GauntletError | undefined {
  try {
    ask()
  } catch (error) {
    if (error instanceof GauntletError) return error
    throw error
  }
  return undefined
}

function problemsOf(ask: () => unknown): readonly string[] {
  return errorOf(ask)?.problems.map(({ message }) => message) ?? []
}

const head = `name: aims
hypothesis: Nothing happens.
risks: [B]
criteria: [residue]
steady: 1s
recovery: 1s
faults:
`
const wrongAims = `${head}  - { kind: process-kill, target: { machine: pc9 }, hold: 1s }
  - { kind: partition, target: { agents: [FileSteward] }, hold: 1s }
  - { kind: memory, target: { machines: [pc2] }, hold: 1s, params: { bytes: 1000GB } }
`
const twice = `${head}  - { kind: process-stop, target: { agents: [FileSteward] }, at: 0s, hold: 2s }
  - kind: process-stop
    target: { agents: [FileSteward] }
    at: 1s
    hold: 2s
`

test('the gate is planned whole, from the invented pair, before anything is started', () => {
  const { suite, planned, configs, asked } = gateRequest(read('gate', '--seed', '7'))
  expect(configs.topology.agents.size).toBe(77)
  expect(planned.map(({ scenario }) => scenario.name)).toEqual(suite.scenarios)
  expect(planned.every(({ faults }) => faults.length > 0)).toBe(true)
  expect(reproduceLine(asked)).toBe('./gauntlet gate --seed 7')
})

test('a gate of another folder is planned from its scenarios, suites and promises; a folder without them is said', () => {
  const { folder, scenarios } = smallGate()
  const { planned } = gateRequest(read('gate', '--scenarios', folder))
  rmSync(folder, { recursive: true })
  expect(planned.map(({ scenario }) => scenario.name)).toEqual(scenarios)
  expect(new Set(planned.flatMap(({ faults }) => faults.map(({ holdMs }) => holdMs)))).toEqual(new Set([10_000, 20_000]))
  expect(new Set(planned.map(({ limits }) => limits.uptime))).toEqual(new Set([0.99]))
  expect(problemsOf(() => gateRequest(read('gate', '--scenarios', folder)))[0]).toMatch(/ENOENT|no such file|promises/)
})

test('a part of the gate still answers for the whole', () => {
  const { suite, planned } = gateRequest(read('gate', '--only', 'boot,agent-kill'))
  expect(planned.map(({ scenario }) => scenario.name)).toEqual(['boot', 'agent-kill'])
  expect(suite.scenarios).toEqual(gateRequest(read('gate')).planned.map(({ scenario }) => scenario.name))
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
  const { asked } = drillRequest(read('drill', 'agent-kill', '--for', '3s'))
  expect(reproduceLine(asked)).toBe(`./gauntlet drill agent-kill --for 3s --seed ${asked.seed}`)
})

test.each([
  ['gate --seed 7', 'gate --seed 7'],
  ['gate --seed=7 --json --dry-run --profile phase0 --vault contract --time-scale 1.0', 'gate --seed 7'],
  ['gate --only boot --only agent-kill,boot --seed 7', 'gate --only boot,agent-kill,boot --seed 7'],
  [
    'drill --json agent-kill --target Worker,FarWorker --target Hub --for 0.5m --seed 7',
    'drill agent-kill --target Worker,FarWorker,Hub --for 30s --seed 7',
  ],
  [
    'drill agent-kill --for 1.001s --abort-if disk=9% --abort-if uptime=0.95 --seed 7',
    'drill agent-kill --for 1001ms --abort-if disk=9% --abort-if uptime=0.95 --seed 7',
  ],
  [
    "drill boot --config '/a b/it'\\''s.yaml' --config=c.yaml --profile day1 --defect D3 --defect C2 --vault image --time-scale 2.5 --seed 7",
    "drill boot --config '/a b/it'\\''s.yaml' --config c.yaml --profile day1 --defect D3,C2 --vault image --time-scale 2.5 --seed 7",
  ],
])('what was asked for by %s is asked for again by the line it gives', (typed, again) => {
  const asked = askedBy(typed)
  expect(reproduceLine(asked)).toBe(`./gauntlet ${again}`)
  expect(askedBy(again)).toEqual(asked)
})

/** What is found wrong with it does not matter here: by a real shell, what is asked of the checks. */
function askedBy(line: string): AskedFor {
  const words = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)
  const args = read(...words)
  return askedOf(args, words[0] === 'gate' ? { command: 'gate' } : { command: 'drill', scenario: args.positionals[0] ?? '' })
}

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

test('whom the faults would hit is looked at whatever else is wrong', () => {
  const all = problemsOf(() =>
    drillRequest(read('drill', 'agent-kill', '--target', 'observer,Nobody', '--profile', 'nope', '--vault', 'x')),
  )
  for (const words of ['observer watches the fleet', 'no agent is called Nobody', 'no profile nope', '--vault']) {
    expect(all.filter((message) => message.includes(words))).toHaveLength(1)
  }
})

test('what is found wrong with the fleet in view has its place in the scenario, unless the command line asked for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'request-'))
  const file = join(folder, 'aims.yaml')
  writeFileSync(file, wrongAims)
  try {
    const places = (...argv: string[]) =>
      errorOf(() => drillRequest(read('drill', file, ...argv)))?.problems.map(({ file, line, column, message }) => [
        file,
        line,
        column,
        message,
      ])
    expect(places()).toEqual([
      [file, 8, 35, 'no machine is called pc9'],
      [file, 9, 13, 'planning partition: its targets are agents; it cuts machines off'],
      [file, 10, 13, 'planning memory: 1000GB is not between 1MB and 64GB'],
    ])
    expect(places('--target', 'FileStewart')?.[0]).toEqual([undefined, undefined, undefined, 'no agent is called FileStewart'])
    writeFileSync(file, twice)
    expect(places()).toEqual([[file, 9, 11, expect.stringContaining('two of process-stop hold pc2/FileSteward')]])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a load is not held for less than it takes', () => {
  expect(problemsOf(() => drillRequest(read('drill', 'latency-change', '--for', '20s')))).toEqual([
    '--for: latency-change sends a load while its faults are held, and it may take longer than 20s',
  ])
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
  const { defects, asked } = drillRequest(read('drill', 'boot', '--defect', 'A1,D3', '--seed', '7'))
  expect(defects).toMatchObject([{ machines: ['mainpc'] }, { agents: [expect.stringMatching(/^pc2\//)] }])
  expect(reproduceLine(asked)).toBe('./gauntlet drill boot --defect A1,D3 --seed 7')
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
