/** A fleet brought up and watched: what a scenario is played on. Its bring-up is journaled as it happens, and never judged here. */
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { AlertTimes } from '../fleet/alert-times.ts'
import { logDirectory } from '../fleet/contract.ts'
import { type BringUp, bringUp, type Fleet } from '../fleet/fleet.ts'
import { placesOf } from '../fleet/lan.ts'
import { servicesOf, watchedOf } from '../fleet/services.ts'
import type { Agent, AgentId, Topology } from '../fleet/topology.ts'
import type { Promises } from '../journal/event.ts'
import { withTheirWord } from '../journal/watched.ts'
import type { Aborts } from './abort.ts'
import { boot } from './boot.ts'
import { watchDisks } from './disks.ts'
import { holdFault } from './hold.ts'
import { takeHostSnapshot } from './host.ts'
import { sendLoad } from './load.ts'
import { type Observation, observe } from './observe.ts'
import type { Write } from './planned-fault.ts'
import { requireFleet } from './preflight.ts'
import { readingsOf } from './reads.ts'
import { takeSnapshots } from './snapshot.ts'
import type { OpenStage } from './suite.ts'
import { plantedViolations } from './validation.ts'

export interface StageTools {
  readonly write: Write
  readonly clock: Clock
  /** Now, on the run's clock. */
  readonly nowMs: () => number
  readonly aborts: Aborts
  /** On the disks of this host that a run can fill. */
  readonly hostPaths: readonly string[]
  /** Of the servers that watch the fleet. */
  readonly alertTimes: AlertTimes
}

/** Long enough that one good answer between two bad ones is not taken for recovery, and a little longer than the judge asks. */
const sustainedMs = 6_000
/** After the boot scripts are done, 77 agents register at once: a fleet has come up when it has been well for a while, or not in time. */
const settled = { sustainedMs: 3_000, withinMs: 15_000 } as const
const farewellMs = 5_000
const logLines = 5
const mostLogs = 10

/** @returns what opens a stage: one fleet, from nothing to watched. @throws as `bringUp` */
export function stageOpener(input: BringUp, tools: StageTools): (limits: Promises, signal: AbortSignal) => Promise<OpenStage> {
  return async (limits, signal) => {
    const fleet = await bringUp(input, signal)
    try {
      return await watched(fleet, input.topology, limits, tools, signal)
    } catch (error) {
      await fleet[Symbol.asyncDispose]()
      throw error
    }
  }
}

async function watched(fleet: Fleet, topology: Topology, limits: Promises, tools: StageTools, signal: AbortSignal): Promise<OpenStage> {
  const { write, clock, nowMs, aborts, hostPaths, alertTimes } = tools
  const machines = [...topology.machines.keys()]
  const everyone = [...topology.agents.keys()]
  const watched = watchedOf(topology).map(({ id }) => id)
  const enough = new AbortController()
  const observation = observe(fleet.observerLines(enough.signal), { write, clock, nowMs, watched })
  void watchDisks(aborts, { hands: fleet, machines, hostPaths, clock, nowMs }, enough.signal)
  const answers = await boot(fleet, machines, limits.bootMs, signal)
  for (const answer of answers) write(answer)
  for (const answer of await plantedViolations(fleet, topology, signal)) write(answer)
  await observation.untilWell(watched, settled, signal)
  const finals = answers.filter(({ dryRun }) => !dryRun)
  const cameUp = finals.length === topology.machines.size && finals.every(({ ok }) => ok)
  const logsOfSilent = (agents: readonly AgentId[]) =>
    writeLogs(
      fleet,
      topology,
      agents.filter((agent) => observation.last(agent) !== 'ok'),
      write,
      signal,
    )
  if (!cameUp) await logsOfSilent(everyone)
  return {
    cameUp,
    preflight: (faults, signal) => requireFleet(fleet, faults, signal),
    hold: (fault, signal) => holdFault(fleet, fault, { write, signal }),
    async snapshot(when, signal) {
      await takeSnapshots(fleet, placesOf(topology), when, write, signal)
      await takeHostSnapshot(fleet, when, write)
    },
    ...readingsOf({ fleet, topology, limits, write, clock, nowMs, alertTimes }),
    async sendLoad(load, when, signal) {
      const asked = load.targets.flatMap(({ agents }) => Object.values(agents).flat())
      await observation.untilWell(asked, settled, signal) // who was restarted for the change may be on its way
      await sendLoad({ fleet, topology, write }, load, when, signal)
    },
    async steadyAgain(hurt, withinMs, signal) {
      const wanted = hurt.length === 0 ? watched : withTheirWord(hurt, servicesOf(topology))
      await clock.sleep(sustainedMs, signal) // how well they were before is no evidence of how well they are now
      const { outcome } = await observation.untilWell(wanted, { sustainedMs, withinMs }, signal)
      if (outcome === 'late') await logsOfSilent(everyone.filter((agent) => wanted.includes(agent)))
      return outcome === 'well'
    },
    async [Symbol.asyncDispose]() {
      await farewell(fleet, observation, clock)
      enough.abort()
      await fleet[Symbol.asyncDispose]()
    },
  }
}

/** Lets the observer say what it still knows, if it can: one that is cut off counts as lost. */
async function farewell(fleet: Fleet, observation: Observation, clock: Clock): Promise<void> {
  const stop = fleet.observer().run(['node', '-e', 'process.kill(1, "SIGTERM")'], { timeoutMs: farewellMs })
  await Promise.race([stop.then(() => observation.ended), clock.sleep(farewellMs)]).catch(() => undefined) // the journal has its last words, or notes their absence
}

/** The last words of agents that are not well, for the person who reads the verdict. */
async function writeLogs(fleet: Fleet, topology: Topology, silent: readonly AgentId[], write: Write, signal: AbortSignal): Promise<void> {
  for (const id of silent.slice(0, mostLogs)) {
    const { name, machine } = topology.agents.get(id) as Agent
    const { exitCode, stdout } = await fleet
      .tool(machine)
      .run(['tool', 'log', join(logDirectory, `${name}.log`), `${logLines}`], { signal })
    const lines = exitCode === 0 ? stdout.trimEnd().split('\n') : ['it has no log']
    write({ kind: 'agent-log', agent: id, lines })
  }
}
