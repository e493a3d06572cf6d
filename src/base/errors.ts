/**
 * Every expected error of the harness: one table of codes, and one way to raise them.
 * Misbehaviour of the fleet is an event in the journal, never one of these.
 */

export type Side = 'usage' | 'environment' | 'harness'

interface Entry {
  readonly side: Side
  readonly message: string
  /** What the reader should do next, in one sentence. */
  readonly next: string
}

export const errorTable = {
  'usage/arguments': {
    side: 'usage',
    message: 'the command line cannot be understood',
    next: 'Correct the arguments named above; `./gauntlet --help` lists them.',
  },
  'usage/file': { side: 'usage', message: 'a file is missing or not valid', next: 'Correct the places named above; nothing was started.' },
  'usage/fault': {
    side: 'usage',
    message: 'a fault cannot be planned',
    next: 'Correct the target or the parameter named above; `./gauntlet list` shows what there is.',
  },
  'usage/run': {
    side: 'usage',
    message: 'this is not a run that can be judged',
    next: 'Name a folder below reports/, as its run left it: with its journal.ndjson, and with nothing changed since.',
  },
  'usage/pool': {
    side: 'usage',
    message: 'these runs cannot be counted together',
    next: 'Name only runs of one kind, each of them once: leave out what is named above, or judge it by itself with `./gauntlet judge RUN`.',
  },
  'environment/root': {
    side: 'environment',
    message: 'root is needed and missing',
    next: 'Run it as root, or start a Docker engine that this user may reach.',
  },
  'environment/network': {
    side: 'environment',
    message: 'a package source cannot be reached',
    next: 'Check the network and the package sources, then call it again; finished steps are kept.',
  },
  'environment/disk': {
    side: 'environment',
    message: 'there is not enough disk space',
    next: 'Free space on the file system named above (5 GB are needed), then call it again.',
  },
  'environment/engine': {
    side: 'environment',
    message: 'the Docker engine does not answer',
    next: 'Look at the log named above, or set DOCKER_HOST to an engine that answers.',
  },
  'environment/setup': {
    side: 'environment',
    message: 'a step of the set-up failed',
    next: 'Read the end of its output above; call it again once the cause is gone, finished steps are kept.',
  },
  'environment/image': {
    side: 'environment',
    message: 'an image could not be pulled',
    next: 'Let the engine reach its registry, or leave the option out that asks for it.',
  },
  'environment/lock': {
    side: 'environment',
    message: 'another call holds the lock',
    next: 'Wait for the process named above, or stop it, then call it again.',
  },
  'environment/ability': {
    side: 'environment',
    message: 'this machine cannot do what the scenario needs',
    next: '`./gauntlet doctor` shows what it can; choose another scenario or machine.',
  },
  'environment/output': {
    side: 'environment',
    message: 'the answer could not be written',
    next: 'Let standard output go where there is room; a run has its verdict below reports/ all the same.',
  },
  'harness/fleet': {
    side: 'harness',
    message: 'the containers of the fleet could not be brought up',
    next: "Read the engine's answer above; `./gauntlet sweep` removes what is left, then try again.",
  },
  'harness/tool': {
    side: 'harness',
    message: 'a command in a tool container failed',
    next: 'The journal holds its output; `./gauntlet sweep` ends whatever it left.',
  },
  'harness/journal': { side: 'harness', message: 'the journal could not be written', next: 'Free space below reports/ and run again.' },
} as const satisfies Record<string, Entry>

export type ErrorCode = keyof typeof errorTable

/** One thing wrong, with its place. Usage errors carry all of them at once. */
export interface Problem {
  readonly message: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** What would have been right. */
  readonly expected?: string
}

/** The only error the harness raises on purpose; `what` says what was attempted, on what, and what was seen. */
export class GauntletError extends Error {
  readonly code: ErrorCode
  readonly problems: readonly Problem[]

  constructor(code: ErrorCode, what: string, options: { readonly problems?: readonly Problem[]; readonly cause?: unknown } = {}) {
    super(what, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'GauntletError'
    this.code = code
    this.problems = options.problems ?? []
  }
}

/** Process exit codes: the verdict's three, and one for each side of an error. */
export const exitCode = { go: 0, noGo: 1, inconclusive: 2, usage: 64, environment: 69, harness: 70 } as const
