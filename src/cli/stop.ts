/**
 * `./gauntlet stop [RUN]`, the kill switch: ends every fault of a run that is under way. The run's own harness does it, so that it is
 * in its journal; where that does not answer in time, the faults are ended over its head.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { exitCode, GauntletError } from '../base/errors.ts'
import { isOwned } from '../base/owner.ts'
import { poll } from '../base/poll.ts'
import { reportsDirectory } from '../base/project.ts'
import { runLabel } from '../fleet/compose.ts'
import type { Engine } from '../fleet/engine.ts'
import { throwSwitch } from '../run/stop-switch.ts'
import { openLeases, releaseLeases } from '../sweep.ts'
import type { Arguments } from './arguments.ts'
import { theEngine } from './engine.ts'

/** Its harness looks ten times a second, and an undo takes a tenth of one. */
const patienceMs = 1_000

export async function stop(args: Arguments): Promise<number> {
  const engine = await theEngine()
  const runs = chosen(living(), args)
  if (runs.length === 0) process.stdout.write('no run is under way\n')
  const because = `\`gauntlet stop\` by pid ${process.pid}`
  for (const run of runs) throwSwitch(join(reportsDirectory, run), because)
  const problems = (await Promise.all(runs.map((run) => end(engine, run)))).flat()
  return problems.length === 0 ? 0 : exitCode.environment
}

async function end(engine: Engine, run: string): Promise<readonly string[]> {
  const filter = `${runLabel}=${run}`
  const holdings = () => engine.holdings(filter)
  const problems: string[] = []
  const complain = (problem: string) => {
    problems.push(problem)
    process.stderr.write(`${problem}\n`)
  }
  const asked = async () => openLeases(engine, await holdings(), 'undone')
  const open = await poll(asked, (leases) => leases.length === 0, { withinMs: patienceMs, everyMs: 100 })
  const forced = open.length === 0 ? [] : await releaseLeases(engine, filter, complain)
  const how = forced.length === 0 ? 'its harness was told' : `its harness did not answer in time, and ${forced.join(', ')} ended without it`
  process.stdout.write(`${run}: no fault is held; ${how}\n`)
  return problems
}

function living(): readonly string[] {
  const runs = existsSync(reportsDirectory) ? readdirSync(reportsDirectory) : []
  return runs.filter((run) => isOwned(join(reportsDirectory, run))).sort()
}

function chosen(all: readonly string[], args: Arguments): readonly string[] {
  const [wanted] = args.positionals
  if (wanted === undefined) return all
  if (all.includes(wanted)) return [wanted]
  const message = `no run that is under way is called ${wanted}`
  throw new GauntletError('usage/arguments', message, {
    problems: [{ message, expected: all.length > 0 ? `one of ${all.join(', ')}` : 'one that has not ended' }],
  })
}
