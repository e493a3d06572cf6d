/** Runs what was requested and writes it down. Whatever goes wrong on the way is written down too: nothing is judged here. */
import { join, relative } from 'node:path'
import { realClock } from '../base/clock.ts'
import { errorTable, GauntletError } from '../base/errors.ts'
import { claim } from '../base/owner.ts'
import { projectRoot } from '../base/project.ts'
import { alertTimesOf } from '../fleet/alert-times.ts'
import { leftoversOf } from '../fleet/fleet.ts'
import { placesOf } from '../fleet/lan.ts'
import { servicesOf } from '../fleet/services.ts'
import { reproduceLine } from '../journal/asked-for.ts'
import { type EventBody, journalSchema, type RunEvent, type TopologyEvent, type TroubleEvent } from '../journal/event.ts'
import { hostPlace } from '../journal/places.ts'
import { openJournal } from '../journal/writer.ts'
import { openAborts } from './abort.ts'
import { bringUpOf, type ReadyHost } from './bring-up.ts'
import { bystanderWatch } from './bystanders.ts'
import { commitOf } from './commit.ts'
import { leftoversSince } from './host.ts'
import { hostOf } from './identity.ts'
import { narrator } from './narrate.ts'
import { requireKernel, type Tried } from './preflight.ts'
import type { Request } from './request.ts'
import { stageOpener } from './stage.ts'
import { watchSwitch } from './stop-switch.ts'
import { runSuite } from './suite.ts'
import { vaultWords } from './vault.ts'

/** A host that is ready, and what its kernel was seen to do. */
export interface TriedHost extends ReadyHost {
  readonly tried: Tried
}

export interface Execution {
  /** Of this run: it is written to `journal.ndjson` in it. */
  readonly directory: string
  /** Asked for once the host was found able: what it gives ends the run at once, with everything undone. */
  readonly interrupted: () => AbortSignal
  /** Told what happens, line by line, in words. */
  readonly say: (line: string) => void
}

/**
 * @throws GauntletError environment/ability before anything is started, for a fault that this kernel cannot do, or once it is written
 * down for one that the fleet cannot have done to it; harness/journal, when not even the end of it could be written down
 */
export async function executeRun(request: Request, host: TriedHost, { directory, interrupted, say }: Execution): Promise<void> {
  requireKernel(
    request.planned.flatMap(({ faults }) => faults),
    host.tried,
  )
  const signal = interrupted()
  const commit = await commitOf(projectRoot)
  const clock = realClock
  const left = leftoversSince(request.id)
  await using journal = openJournal(join(directory, 'journal.ndjson'), clock)
  using _owner = claim(directory)
  const narrate = narrator(journal.nowMs, say)
  const write = (body: EventBody) => {
    narrate(body)
    const written = journal.write(body)
    watch(body)
    return written
  }
  const aborts = openAborts(request.abortIf, write)
  const watch = bystanderWatch(aborts, journal.nowMs)
  using _switch = watchSwitch(directory, aborts, journal.nowMs)
  write({ ...runOf(request, host, clock.wall()), ...commit })
  write(topologyOf(request))
  write({ kind: 'config-findings', findings: request.configs.findings.map((finding) => ({ ...finding, file: shown(finding.file) })) })
  const input = bringUpOf(request, host, { run: request.id, directory, seed: request.asked.seed, hand: needsEngine(request) })
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

function runOf(request: Request, { engine, images, tried }: TriedHost, startedAt: Date): Omit<RunEvent, 'commit' | 'dirty'> {
  const { id, asked, suite, promises, profile, timeScale, defects } = request
  const abilities = [...tried].flatMap(([name, { outcome }]) => (outcome === 'works' ? [name] : []))
  return {
    kind: 'run',
    schema: journalSchema,
    id,
    startedAt: startedAt.toISOString(),
    asked,
    reproduce: reproduceLine(asked),
    seed: asked.seed,
    profile: profile.name,
    timeScale,
    defects: defects.map(({ id, sentence, owners, machines, agents }) => ({
      id,
      sentence,
      owners,
      on: agents.length > 0 ? agents : machines,
    })),
    vault: vaultWords(images),
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
