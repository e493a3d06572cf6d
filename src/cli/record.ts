/** Runs what was requested and writes it down. Whatever goes wrong on the way is written down too: nothing is judged here. */
import { join, relative } from 'node:path'
import { realClock } from '../base/clock.ts'
import { errorTable, GauntletError } from '../base/errors.ts'
import { claim } from '../base/owner.ts'
import { leftoversOf } from '../fleet/fleet.ts'
import { type EventBody, journalSchema, type RunEvent, type TopologyEvent, type TroubleEvent } from '../journal/event.ts'
import { openJournal } from '../journal/writer.ts'
import { commitOf, hostOf } from '../run/identity.ts'
import { stageOpener } from '../run/stage.ts'
import { runSuite } from '../run/suite.ts'
import type { Ready } from '../setup/prepare.ts'
import { bringUpOf } from './bring-up.ts'
import { narrator } from './narrate.ts'
import { projectRoot } from './places.ts'
import type { Request } from './request.ts'

/** @throws GauntletError harness/journal, when not even the end of it could be written down */
export async function record(
  request: Request,
  ready: Ready,
  abilities: readonly string[],
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const clock = realClock
  await using journal = openJournal(join(directory, 'journal.ndjson'), clock)
  claim(directory)
  const narrate = narrator(journal.nowMs, (line) => process.stderr.write(line))
  const write = (body: EventBody) => {
    narrate(body)
    return journal.write(body)
  }
  write(runOf(request, ready, abilities, clock.wall()))
  write(topologyOf(request))
  write({ kind: 'config-findings', findings: request.configs.findings.map((finding) => ({ ...finding, file: shown(finding.file) })) })
  const input = bringUpOf(request, ready, { run: request.id, directory, seed: request.seed })
  try {
    await runSuite(request.planned, stageOpener(input, { write, clock, nowMs: journal.nowMs }), write, clock, signal)
  } catch (error) {
    if (!signal.aborted) write(troubleOf(error))
  }
  try {
    write({ kind: 'leftovers', ...(await leftoversOf(input)) })
  } catch (error) {
    write(troubleOf(error))
  }
  write({ kind: 'end', endedAt: clock.wall().toISOString(), interrupted: signal.aborted })
}

function runOf(request: Request, { engine, images }: Ready, abilities: readonly string[], startedAt: Date): RunEvent {
  const { id, reproduce, seed, suite, promises, profile, timeScale } = request
  return {
    kind: 'run',
    schema: journalSchema,
    id,
    startedAt: startedAt.toISOString(),
    reproduce,
    seed,
    profile: profile.name,
    timeScale,
    ...commitOf(projectRoot),
    images: { ...images },
    host: hostOf(engine, abilities),
    suite,
    promises,
  }
}

function topologyOf({ configs: { topology } }: Request): TopologyEvent {
  const machines = [...topology.machines.values()].map(({ id, engine, configFile }) => ({
    id,
    engine,
    configFile: shown(configFile),
  }))
  const agents = [...topology.agents.values()].map(({ id, name, machine, role, port, healthPort, dependsOn }) => ({
    id,
    name,
    machine,
    role,
    port,
    healthPort,
    dependsOn,
  }))
  return { kind: 'topology', machines, agents }
}

function troubleOf(error: unknown): TroubleEvent {
  const known = error instanceof GauntletError
  const message = error instanceof Error ? error.message : String(error)
  const next = known ? errorTable[error.code].next : 'This is an error of the harness itself; please report it with the journal.'
  return { kind: 'trouble', code: known ? error.code : 'harness/internal', message, next }
}

/** As the person who runs it would name it; a verdict should not depend on where the project lies. */
function shown(file: string): string {
  return relative(process.cwd(), file)
}
