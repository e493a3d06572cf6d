/** From the command line to what is asked for: words become data, and those that cannot be read are said together with all else that is wrong. */
import { GauntletError } from '../base/errors.ts'
import { gather, once } from '../base/gather.ts'
import { mostTimeScale } from '../fleet/alert-times.ts'
import { type AskedFleet, type AskedFor, usual } from '../journal/asked-for.ts'
import { newSeed } from '../run/identity.ts'
import { type FleetRequest, fleetRequestOf, type Request, requestOf } from '../run/request.ts'
import { durationExpected, durationMs, isDuration } from '../scenario/duration.ts'
import type { Arguments } from './arguments.ts'
import { judging } from './judging.ts'

export function gateRequest(args: Arguments): Request {
  return runRequest(args, { command: 'gate' })
}

export function drillRequest(args: Arguments): Request {
  const [scenario = ''] = args.positionals
  return runRequest(args, { command: 'drill', scenario })
}

export function fleetRequest(args: Arguments): FleetRequest {
  const timeScale = once(() => timeScaleOf(args.one('time-scale')))
  return gather({ timeScale, request: () => fleetRequestOf(fleetOf(args, orElse(timeScale, usual.timeScale))) }).request
}

function runRequest(args: Arguments, what: Pick<AskedFor, 'command' | 'scenario'>): Request {
  const numbers = numbersOf(args)
  return gather({ ...numbers, request: () => requestOf(askedOf(args, what, numbers), judging) }).request
}

function numbersOf(args: Arguments) {
  return {
    timeScale: once(() => timeScaleOf(args.one('time-scale'))),
    seed: once(() => seedOf(args.one('seed'))),
    holdMs: once(() => holdOf(args.one('for'))),
  }
}

/** With what is usual in the place of numbers that cannot be read. */
export function askedOf(args: Arguments, what: Pick<AskedFor, 'command' | 'scenario'>, numbers = numbersOf(args)): AskedFor {
  const holdMs = orElse(numbers.holdMs, undefined)
  const scenarios = args.one('scenarios')
  return {
    ...what,
    ...fleetOf(args, orElse(numbers.timeScale, usual.timeScale)),
    ...(scenarios === undefined ? {} : { scenarios }),
    only: listOf(args, 'only'),
    targets: listOf(args, 'target'),
    ...(holdMs === undefined ? {} : { holdMs }),
    abortIf: args.values['abort-if'] ?? usual.abortIf,
    seed: orElse(numbers.seed, 0),
  }
}

/** Whom a fault hits may hang on a number of the line; whether it hits anyone does not, and is looked at even where the number is wrong. */
function orElse<T>(task: () => T, otherwise: T): T {
  try {
    return task()
  } catch (error) {
    if (error instanceof GauntletError) return otherwise
    throw error
  }
}

function fleetOf(args: Arguments, timeScale: number): AskedFleet {
  return {
    configs: args.values.config ?? usual.configs,
    profile: args.one('profile') ?? usual.profile,
    defects: listOf(args, 'defect'),
    vault: args.one('vault') ?? usual.vault,
    timeScale,
  }
}

function holdOf(text: string | undefined): number | undefined {
  if (text === undefined || isDuration(text)) return text === undefined ? undefined : durationMs(text)
  const problems = [{ message: `--for: "${text}" is not a duration`, expected: durationExpected }]
  throw new GauntletError('usage/arguments', 'changing how long faults are held', { problems })
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return newSeed()
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 31) return Number(text)
  const problems = [{ message: `--seed: "${text}" is not a seed`, expected: `a whole number from 0 to ${2 ** 31 - 1}` }]
  throw new GauntletError('usage/arguments', 'reading the seed', { problems })
}

function timeScaleOf(text = '1'): number {
  const scale = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (scale >= 1 && scale <= mostTimeScale) return scale
  const problems = [{ message: `--time-scale: "${text}" is no such number`, expected: `a number from 1 to ${mostTimeScale}` }]
  throw new GauntletError('usage/arguments', 'reading by how much the times of alerts are divided', { problems })
}

function listOf(args: Arguments, option: string): string[] {
  return (args.values[option] ?? []).flatMap((value) => value.split(',')).filter((word) => word !== '')
}
