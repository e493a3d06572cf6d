/** Every command of the harness: how it is called, and where its work is done. Modules are loaded when they are needed. */
import type { Arguments, CommandLine } from './arguments.ts'

export interface Command extends CommandLine {
  /** @returns the exit code; 0 only where the command's own words were kept */
  run(args: Arguments): Promise<number>
}

const json = { json: { about: 'print the result as JSON, alone, on standard output' } }
const fleet = {
  config: {
    value: 'FILE',
    multiple: true,
    about: 'a startup config; give it twice, one for each machine (default: the pair in fixtures/configs)',
  },
  profile: { value: 'NAME', about: 'mitigations that are on: legacy, day1 to day7, phase0 (default)' },
  defect: { value: 'ID,…', multiple: true, about: 'put these defects into the fleet; `gauntlet list` says what each of them is' },
  vault: { value: 'KIND', about: 'contract (default): a server that keeps the contract of KV v2; image: HashiCorp’s own, pulled' },
  'time-scale': { value: 'N', about: 'divide the times of alerts by this, so that a drill can wait for them (default: 1)' },
}
const run = {
  ...fleet,
  ...json,
  seed: { value: 'N', about: 'repeat the choices of an earlier run' },
  'dry-run': { about: 'show what would be done to whom, and how it would be undone; start nothing' },
  'abort-if': {
    value: 'CONDITION',
    multiple: true,
    about: 'end every fault and the run at uptime=0.95, bystanders=3 (hurt) or disk=95% (of this host or of a volume)',
  },
}

export const commands = {
  gate: {
    summary: 'run the gate suite and answer GO, NO-GO or INCONCLUSIVE',
    positionals: [],
    options: {
      ...run,
      only: { value: 'SCENARIO,…', multiple: true, about: 'only these scenarios; what the gate requires stays as it is' },
      scenarios: { value: 'FOLDER', about: 'scenarios, promises and suites of this folder, in place of those in scenarios/' },
    },
    run: async (args) => (await import('./run-command.ts')).gate(args),
  },
  drill: {
    summary: 'run one scenario, by name or file',
    positionals: ['SCENARIO'],
    options: {
      ...run,
      target: { value: 'AGENT,…', multiple: true, about: 'hurt these agents instead (name, or machine/name)' },
      for: { value: 'DURATION', about: 'hold each fault this long instead, such as 20s' },
    },
    run: async (args) => (await import('./run-command.ts')).drill(args),
  },
  judge: {
    summary: 'judge a run again from its journal alone; several of one kind, together',
    positionals: ['RUN…'],
    options: {
      ...json,
      limit: {
        value: 'NAME=VALUE',
        multiple: true,
        about: 'by this limit instead, such as uptime=0.9999 or recovery=10s; the verdict says so',
      },
    },
    run: async (args) => (await import('./judge.ts')).judge(args),
  },
  up: {
    summary: 'bring a fleet up and leave it running',
    positionals: [],
    options: fleet,
    run: async (args) => (await import('./fleet-commands.ts')).up(args),
  },
  down: {
    summary: 'remove fleets that `up` left running',
    positionals: ['FLEET?'],
    options: {},
    run: async (args) => (await import('./fleet-commands.ts')).down(args),
  },
  status: {
    summary: 'show fleets that are running, and who of them answers',
    positionals: ['FLEET?'],
    options: json,
    run: async (args) => (await import('./fleet-commands.ts')).status(args),
  },
  open: {
    summary: 'open the dashboard and Prometheus of a running fleet to a browser on this machine',
    positionals: ['FLEET?'],
    options: {},
    run: async (args) => (await import('./open.ts')).open(args),
  },
  stop: {
    summary: 'end every fault of a run, or of all that are under way, and the run with them',
    positionals: ['RUN?'],
    options: {},
    run: async (args) => (await import('./stop.ts')).stop(args),
  },
  sweep: {
    summary: 'end faults and remove containers that a killed run left behind',
    positionals: [],
    options: json,
    run: async (args) => (await import('./sweep.ts')).sweep(args),
  },
  list: {
    summary: 'list scenarios, suites, faults, criteria, profiles and defects',
    positionals: [],
    options: json,
    run: async (args) => (await import('./list.ts')).list(args),
  },
  doctor: {
    summary: 'show what this machine has and can do; installs nothing',
    positionals: [],
    options: json,
    run: async (args) => (await import('./doctor.ts')).doctor(args),
  },
  test: {
    summary: 'run the tests: types, style, unit tests, suites on real fleets',
    positionals: ['PART?…'],
    options: {
      unit: { about: 'only what needs no Docker' },
      nightly: { about: 'what takes longer in place of all that, up to 90 minutes, or only the parts named' },
    },
    run: async (args) => (await import('./test.ts')).test(args),
  },
} as const satisfies Record<string, Command>

export function help(): string {
  const lines = Object.entries<Command>(commands).flatMap(([name, { summary, positionals, options }]) => [
    `  ${[name, ...positionals].join(' ').padEnd(18)} ${summary}`,
    ...Object.entries(options).map(([option, { value, about }]) => `      --${`${option} ${value ?? ''}`.padEnd(22)} ${about}`),
  ])
  return [
    'usage: ./gauntlet COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    'Exit codes: 0 GO, 1 NO-GO, 2 INCONCLUSIVE, 64 usage, 69 environment, 70 internal.',
    '',
  ].join('\n')
}
