/**
 * Has agents log far more than they should, on their own standard output: what holds it within a quota is their rotation, and what
 * holds it on the machine is the size of the log volume. Lines that were written stay in the log, marked with the tag.
 */
import Type from 'typebox'
import { GauntletError } from '../base/errors.ts'
import type { NonEmpty } from '../base/nonempty.ts'
import { pathOf } from '../base/predicate.ts'
import type { Agent, MachineId } from '../fleet/topology.ts'
import { amountOf, amountPatterns } from '../fleet/volumes.ts'
import type { Fault, Step } from './fault.ts'
import { processSteps } from './process-steps.ts'
import { is, query, tool } from './tool-steps.ts'
import { ofAgents, roomOn } from './ways.ts'

const mostBytesPerSecond = 8 * 2 ** 20
const leastBytesPerSecond = 1024

const params = Type.Object(
  {
    rate: Type.String({
      pattern: amountPatterns.rate,
      default: '256KB/s',
      expected: 'bytes a second of each agent, from 1KB/s to 8MB/s: 64KB/s, 1MB/s',
      description: 'Of each agent, from 1KB/s to 8MB/s.',
    }),
  },
  { additionalProperties: false },
)

export const logFlood: Fault<typeof params> = {
  kind: 'log-flood',
  summary: 'floods the logs of agents through their own standard output',
  needs: ['supervisor'],
  params,
  plan(topology, targets, { rate }, tag) {
    const { agents, steps } = processSteps('log-flood', 'floods the logs of', topology, targets, (machine, _names, here) =>
      flood(machine, here, bytesOf(rate), tag),
    )
    // An agent does not die of its log: whoever floods stays up, and so does everyone beside it.
    const { ground, processes, machines } = ofAgents(topology, agents)
    const takes = machines.map((machine) => roomOn(machine, 'logs'))
    return { targets: agents, radius: [], silences: [], takes, reliesOn: [...ground, ...processes, ...takes], lasts: 'until-undone', steps }
  },
}

/** @throws GauntletError usage/fault beyond what a log is to stand */
function bytesOf(rate: string): number {
  const bytes = amountOf(rate.replace('/s', ''), 0)
  if (bytes === undefined || bytes < leastBytesPerSecond || bytes > mostBytesPerSecond)
    throw new GauntletError('usage/fault', `planning log-flood: rate: expected 1KB/s to 8MB/s, found ${rate}`)
  return bytes
}

function flood(machine: MachineId, agents: NonEmpty<Agent>, bytes: number, tag: string): Step {
  const names = agents.map(({ name }) => name)
  const of = ['--lease', tag, '--rate', String(bytes), '--process', ...names] as const
  const look = tool('flooded', '--lease', tag, '--process', ...names)
  const each = (op: 'is' | 'not') => names.map((name) => ({ path: pathOf('agents', name, 'flood'), op, value: 'arrives' }))
  return {
    machine,
    undo: look, // the guard ends who floods, and there is nothing else to take back
    apply: tool('flood', ...of, '--once'),
    sustain: tool('flood', ...of),
    effective: query(look, ...each('is')),
    // A log without a quota leaves a volume on which nobody can write.
    gone: query(look, ...each('not'), is('/volume/write', 'taken')),
  }
}
