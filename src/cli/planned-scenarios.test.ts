/** Every scenario of ours, planned on the invented pair: it hits somebody, as its file says, and hurts nobody whom it does not name. */
import { describe, expect, test } from 'vitest'
import { scenariosDirectory } from '../base/project.ts'
import type { AgentId } from '../fleet/topology.ts'
import { vocabularyOf } from '../run/request.ts'
import { openLibrary } from '../scenario/library.ts'
import { readArguments } from './arguments.ts'
import { commands } from './commands.ts'
import { planOf } from './dry-run.ts'
import { judging } from './judging.ts'
import { drillRequest } from './request.ts'

/** How many agents each of its faults may hurt: of these, all that it hits; of all others it hits machines, or those who are to stay up. */
const hurt: Readonly<Record<string, readonly number[]>> = {
  'agent-hang': [1],
  'agent-kill': [1],
  'agent-zombie': [1],
  baseline: [0],
  boot: [0],
  'broker-loss': [0],
  'broker-unreachable': [0],
  'clock-skew': [0, 0],
  'cpu-pressure': [0],
  'disk-full-bytes': [0],
  'disk-full-inodes': [0],
  'dns-loss': [0],
  'hub-freeze-central': [1],
  'hub-loss-both': [2],
  'hub-loss-central': [1],
  'hub-loss-edge': [1],
  'latency-change': [4, 4],
  'link-degraded': [0],
  'log-flood': [0],
  'memory-pressure': [0, 0],
  'partition-flap': [0],
  'partition-full': [0, 0],
  'partition-oneway': [0, 0],
  'port-clash-config': [0],
  'port-clash-runtime': [1],
  'registry-loss': [1],
  'rollback-baseagent': [1],
  'rollback-boot-script': [1],
  'rollback-config': [1],
  'rollback-exporter': [1],
  'rollback-hub': [1],
  'rollback-log-handler': [1],
  'rollback-port': [1],
  'rollback-secret': [1],
  'secret-absent': [1],
  'secret-rotated': [0],
  'secret-unreadable': [1],
  'secret-wrong': [1],
}

/** How many services, beside them: both message servers, and the word of the hub beside each. */
const hurtServices: Readonly<Record<string, readonly number[]>> = {
  'broker-unreachable': [2],
  'partition-flap': [1],
  'partition-full': [1, 0],
  'partition-oneway': [1, 0],
  'broker-loss': [4],
}

const library = openLibrary(scenariosDirectory, vocabularyOf(judging))

test('each scenario that there is says here whom it hurts', () => {
  expect(Object.keys(hurt).toSorted()).toEqual(library.scenarioNames.toSorted())
})

describe.each(library.scenarioNames)('%s', (name) => {
  const scenario = library.scenario(name)

  test.each([1, 2])('by seed %i', (seed) => {
    const request = drillRequest(readArguments(['drill', name, '--seed', String(seed), '--dry-run'], commands))
    const { agents } = request.configs.topology
    expect(agents.size).toBe(77)
    const [planned] = planOf(request).scenarios
    expect(planned?.faults.map(({ fault }) => fault)).toEqual(scenario.faults.map(({ kind }) => kind))
    const agentsIn = (ids: readonly string[]) => ids.filter((id) => agents.has(id as AgentId))
    expect(planned?.faults.map(({ radius }) => new Set(agentsIn(radius)).size)).toEqual(hurt[name])
    expect(planned?.faults.map(({ radius }) => new Set(radius).size - new Set(agentsIn(radius)).size)).toEqual(
      hurtServices[name] ?? hurt[name]?.map(() => 0),
    )
    for (const [place, { targets, radius, silences, bystanders, steps }] of (planned?.faults ?? []).entries()) {
      const { target } = scenario.faults[place] as (typeof scenario.faults)[number]
      expect(targets.length).toBeGreaterThan(0)
      expect(steps.length).toBeGreaterThan(0)
      expect(bystanders).toBe(77 - agentsIn(radius).length)
      expect(agentsIn(radius)).toEqual(agentsIn(radius).length === 0 ? [] : targets)
      expect(radius).toEqual(expect.arrayContaining([...silences]))
      if (target.machines !== undefined) {
        expect(targets).toEqual(target.machines)
        continue
      }
      const { role, machine, count, share } = target
      const fitting = [...agents.values()].filter(
        (agent) => (role ?? agent.role) === agent.role && (machine ?? agent.machine) === agent.machine,
      )
      expect(fitting.map(({ id }) => id)).toEqual(expect.arrayContaining([...targets]))
      expect(targets).toHaveLength(count ?? Math.ceil((share ?? 1) * fitting.length))
    }
    expect(planned?.load === undefined).toBe(scenario.load === undefined)
  })
})
