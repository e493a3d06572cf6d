/** A fleet brought up and watched: what a scenario is played on. Its bring-up is journaled as it happens, and never judged here. */
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { logDirectory } from '../fleet/contract.ts'
import { type BringUp, bringUp, type Fleet } from '../fleet/fleet.ts'
import type { Agent, AgentId, Topology } from '../fleet/topology.ts'
import type { Promises } from '../journal/event.ts'
import { boot } from './boot.ts'
import { census } from './census.ts'
import { holdFault } from './hold.ts'
import { type Observation, observe } from './observe.ts'
import type { Write } from './run.ts'
import { takeSnapshots } from './snapshot.ts'
import type { OpenStage } from './suite.ts'

export interface StageTools {
  readonly write: Write
  readonly clock: Clock
  /** Now, on the run's clock. */
  readonly nowMs: () => number
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
  const { write, clock, nowMs } = tools
  const everyone = [...topology.agents.keys()]
  const enough = new AbortController()
  const observation = observe(fleet.observerLines(enough.signal), { write, clock, nowMs, agents: everyone })
  const answers = await boot(fleet, [...topology.machines.keys()], limits.bootMs, signal)
  for (const answer of answers) write(answer)
  await observation.untilWell(everyone, settled, signal)
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
    hold: (fault, signal) => holdFault(fleet, fault, { write, signal }),
    snapshot: (when, signal) => takeSnapshots(fleet, [...topology.machines.keys()], when, write, signal),
    census: (signal) => census(fleet, topology, write, signal),
    async steadyAgain(agents, withinMs, signal) {
      const wanted = agents.length === 0 ? everyone : (agents as readonly AgentId[])
      await clock.sleep(sustainedMs, signal) // how well they were before is no evidence of how well they are now
      const { outcome } = await observation.untilWell(wanted, { sustainedMs, withinMs }, signal)
      if (outcome === 'late') await logsOfSilent(wanted)
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
    const { exitCode, stdout } = await fleet.tool(machine).run(['tool', 'cat', join(logDirectory, `${name}.log`)], { signal })
    const lines = exitCode === 0 ? stdout.trimEnd().split('\n').slice(-logLines) : ['it has no log']
    write({ kind: 'agent-log', agent: id, lines })
  }
}
