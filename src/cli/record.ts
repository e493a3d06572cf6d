/** Runs what was requested and writes it down. Whatever goes wrong on the way is written down too: nothing is judged here. */
import { join, relative } from 'node:path'
import { realClock } from '../base/clock.ts'
import { errorTable, GauntletError } from '../base/errors.ts'
import { claim } from '../base/owner.ts'
import { alertTimesOf } from '../fleet/alert-times.ts'
import { leftoversOf } from '../fleet/fleet.ts'
import { placesOf } from '../fleet/lan.ts'
import { servicesOf } from '../fleet/services.ts'
import { type EventBody, journalSchema, type RunEvent, type TopologyEvent, type TroubleEvent } from '../journal/event.ts'
import { hostPlace } from '../journal/places.ts'
import { openJournal } from '../journal/writer.ts'
import { openAborts } from '../run/abort.ts'
import { bystanderWatch } from '../run/bystanders.ts'
import { leftoversSince } from '../run/host.ts'
import { commitOf, hostOf } from '../run/identity.ts'
import { stageOpener } from '../run/stage.ts'
import { watchSwitch } from '../run/stop-switch.ts'
import { runSuite } from '../run/suite.ts'
import type { Ready } from '../setup/prepare.ts'
import { bringUpOf } from './bring-up.ts'
import { narrator } from './narrate.ts'
import { projectRoot } from './places.ts'
import type { Request } from './request.ts'
import { vaultWords } from './vault.ts'

/**
 * @throws GauntletError harness/journal, when not even the end of it could be written down; environment/ability for a fault that the
 * fleet cannot have done to it, once that is written down too
 */
export async function record(
  request: Request,
  ready: Ready,
  abilities: readonly string[],
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const clock = realClock
  const left = leftoversSince(request.id)
  await using journal = openJournal(join(directory, 'journal.ndjson'), clock)
  claim(directory)
  const narrate = narrator(journal.nowMs, (line) => process.stderr.write(line))
  const write = (body: EventBody) => {
    narrate(body)
    const written = journal.write(body)
    watch(body)
    return written
  }
  const aborts = openAborts(request.abortIf, write)
  const watch = bystanderWatch(aborts, journal.nowMs)
  using _switch = watchSwitch(directory, aborts, journal.nowMs)
  write(runOf(request, ready, abilities, clock.wall()))
  write(topologyOf(request))
  write({ kind: 'config-findings', findings: request.configs.findings.map((finding) => ({ ...finding, file: shown(finding.file) })) })
  const input = bringUpOf(request, ready, { run: request.id, directory, seed: request.seed, hand: needsEngine(request) })
  const alertTimes = alertTimesOf(request.timeScale)
  const open = stageOpener(input, { write, clock, nowMs: journal.nowMs, aborts, hostPaths: [directory], alertTimes })
  let refusal: unknown
  try {
    await runSuite(request.planned, open, write, clock, { signal, abort: aborts.signal })
  } catch (error) {
    if (!signal.aborted && error !== aborts.signal.reason) write(troubleOf(error))
    if (error instanceof GauntletError && error.code === 'environment/ability') refusal = error
  }
  try {
    write({ kind: 'leftovers', ...(await leftoversOf(input)), ...left.since() })
  } catch (error) {
    write(troubleOf(error))
  }
  write({ kind: 'end', endedAt: clock.wall().toISOString(), interrupted: signal.aborted })
  if (refusal !== undefined) throw refusal
}

function needsEngine({ planned }: Request): boolean {
  return planned.some(({ faults }) => faults.some(({ plan }) => plan.steps.some(({ by }) => by === 'engine')))
}

function runOf(request: Request, ready: Ready, abilities: readonly string[], startedAt: Date): RunEvent {
  const { id, reproduce, seed, suite, promises, profile, timeScale, defects } = request
  const { engine, images } = ready
  return {
    kind: 'run',
    schema: journalSchema,
    id,
    startedAt: startedAt.toISOString(),
    reproduce,
    seed,
    profile: profile.name,
    timeScale,
    defects: defects.map(({ id, sentence, owners, machines, agents }) => ({
      id,
      sentence,
      owners,
      on: agents.length > 0 ? agents : machines,
    })),
    vault: vaultWords(ready),
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
  const services = servicesOf(topology).map(({ id, machine, probe, agent }) => ({ id, machine, probe, ...(agent && { agent }) }))
  return { kind: 'topology', machines, agents, services, places: [...placesOf(topology), hostPlace] }
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
