/** What was asked for when a run began: as data for whoever compares runs, and as the line that asks for it again, for people. */

import Type from 'typebox'
import type { Of } from '../base/schema.ts'

const text = Type.String()
const texts = Type.Array(text)

const fleet = {
  /** Startup configs, as they were given; none: the invented pair. */
  configs: texts,
  profile: text,
  /** Ids of the defects that are put in. */
  defects: texts,
  vault: text,
  /** By which the times of alerts are divided. */
  timeScale: Type.Number({ minimum: 1 }),
}
const askedFleet = Type.Object(fleet)
/** Of whatever brings a fleet up. */
export type AskedFleet = Of<typeof askedFleet>

export const askedCommands = ['gate', 'drill'] as const

export const askedFor = Type.Object({
  ...fleet,
  command: Type.Enum(askedCommands),
  /** Of a drill: its name, or its file as it was given. */
  scenario: Type.Optional(text),
  /** Folder of scenarios, promises and suites; absent: that of the project. */
  scenarios: Type.Optional(text),
  /** Of a suite, the scenarios that are run; none: all of them. */
  only: texts,
  /** Agents that the faults are aimed at; none: those that the scenario chooses. */
  targets: texts,
  /** How long every fault is held; absent: as its scenario says. */
  holdMs: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  /** Conditions under which everything ends early, as they were given. */
  abortIf: texts,
  seed: Type.Number(),
})
export type AskedFor = Of<typeof askedFor>

/** What is asked for where nothing else is said. */
export const usual: Omit<AskedFor, 'command' | 'seed'> = {
  configs: [],
  profile: 'phase0',
  defects: [],
  vault: 'contract',
  timeScale: 1,
  only: [],
  targets: [],
  abortIf: [],
}

/** The line that runs this again, for a shell. What is usual is left out; the seed never is. */
export function reproduceLine(asked: AskedFor): string {
  const { command, scenario, scenarios, configs, profile, defects, vault, timeScale, only, targets, holdMs, abortIf, seed } = asked
  const words = [
    command,
    ...(scenario === undefined ? [] : [scenario]),
    ...configs.flatMap((file) => ['--config', file]),
    ...option('profile', profile === usual.profile ? '' : profile),
    ...option('defect', defects.join()),
    ...option('vault', vault === usual.vault ? '' : vault),
    ...option('time-scale', timeScale === usual.timeScale ? '' : `${timeScale}`),
    ...option('scenarios', scenarios ?? ''),
    ...option('only', only.join()),
    ...option('target', targets.join()),
    ...option('for', holdMs === undefined ? '' : durationWords(holdMs)),
    ...abortIf.flatMap((condition) => ['--abort-if', condition]),
    ...option('seed', `${seed}`),
  ]
  return ['./gauntlet', ...words.map(quoted)].join(' ')
}

function option(name: string, value: string): readonly string[] {
  return value === '' ? [] : [`--${name}`, value]
}

/** As the command line reads it. */
function durationWords(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`
}

function quoted(word: string): string {
  return /^[\w./,=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
