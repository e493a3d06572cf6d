/** A real fleet of 3 + 2 agents, for suites that need containers and not their number. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { claim } from '../src/base/owner.ts'
import { deploymentsOf } from '../src/fleet/deployment.ts'
import { bringUp, type Fleet } from '../src/fleet/fleet.ts'
import { loadStartupConfigs } from '../src/fleet/load-startup-configs.ts'
import { monitoringOf } from '../src/fleet/monitoring.ts'
import { natsConfigsOf } from '../src/fleet/nats.ts'
import { profileOf } from '../src/fleet/profiles.ts'
import type { Agent, AgentId, MachineId, Topology } from '../src/fleet/topology.ts'
import { observerConfigOf, observerConfigPath } from '../src/probes/config.ts'
import { prepare, type Ready } from '../src/setup/prepare.ts'

export const mainpc = 'mainpc' as MachineId
export const pc2 = 'pc2' as MachineId
export const worker = 'mainpc/Worker' as AgentId
export const farWorker = 'pc2/FarWorker' as AgentId
/** What an agent of this profile says of itself when it is. */
export const well = 'healthy'
const bootMs = 60_000

export interface SmallFleet extends AsyncDisposable {
  readonly fleet: Fleet
  readonly topology: Topology
  readonly ready: Ready
  readonly run: string
  readonly reports: string
  /** The agent's own answer, asked from inside its machine: its status word, or what went wrong. */
  health(agent: AgentId): Promise<string>
}

export const never = new AbortController().signal

/**
 * @param owned false leaves it without an owner, as a killed harness does
 * @param configs folder of another pair of startup configs, below this one
 * @param timeScale of the servers that watch it; left out, there are none
 */
export async function smallFleet(run: string, owned = true, configs = 'small', timeScale?: number): Promise<SmallFleet> {
  const { topology } = loadStartupConfigs(['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, configs, `${machine}.startup.yaml`)))
  const ready = await prepare('images')
  const reports = mkdtempSync(join(tmpdir(), 'gauntlet-suite-'))
  if (owned) claim(reports)
  const deployments = deploymentsOf(topology, profileOf('phase0'))
  const fleet = await bringUp(
    {
      ...ready,
      run,
      directory: reports,
      topology,
      deployments,
      natsConfigs: natsConfigsOf(topology),
      observer: { path: observerConfigPath, config: observerConfigOf(topology, { phase: 0 }) },
      ...(timeScale === undefined ? {} : { monitoring: monitoringOf({ topology, deployments, pushgateways: [], timeScale }) }),
    },
    never,
  )
  const health = async (id: AgentId) => {
    const { machine, healthPort } = topology.agents.get(id) as Agent
    const { stdout, stderr } = await fleet.tool(machine).run(['tool', 'fetch', `http://127.0.0.1:${healthPort}/health`])
    return stdout === '' ? stderr.trim() : String((JSON.parse(stdout) as { status?: unknown }).status)
  }
  const dispose = async () => {
    await fleet[Symbol.asyncDispose]()
    rmSync(reports, { recursive: true })
  }
  for (const endMs = performance.now() + bootMs; ; await sleep(500)) {
    const answers = await Promise.all([...topology.agents.keys()].map(health))
    if (answers.every((answer) => answer === well)) break
    if (performance.now() < endMs) continue
    await dispose()
    throw new Error(`the small fleet did not come up: ${answers.join('; ')}`)
  }
  return { fleet, topology, ready, run, reports, health, [Symbol.asyncDispose]: dispose }
}

/** Bounded; whoever calls asserts what comes back. */
export async function until(condition: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const endMs = performance.now() + withinMs; performance.now() < endMs; await sleep(100)) if (await condition()) return true
  return condition()
}
