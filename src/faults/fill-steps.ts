/** What faults that fill a machine's volume have in common: what may be left of it, one fill a machine, and room again as the way back. */
import Type, { type Static } from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty } from '../base/nonempty.ts'
import { machinesOf } from '../fleet/by-machine.ts'
import type { MachineId, Topology } from '../fleet/topology.ts'
import { amountOf, type amountPatterns, volumeNames, volumes } from '../fleet/volumes.ts'
import { duration, durationMs } from '../scenario/duration.ts'
import type { Plan, Step, Targets } from './fault.ts'
import { is, query, tool } from './tool-steps.ts'
import { namespacesOf, roomOn } from './ways.ts'

/** The fill is one command, and commands have a bound. */
const longestRampMs = 8_000

interface Left {
  readonly pattern: (typeof amountPatterns)[keyof typeof amountPatterns]
  readonly default: string
  readonly expected: string
  readonly description: string
}

export function fillParams(left: Left) {
  return Type.Object(
    {
      volume: Type.Enum(volumeNames, { default: 'logs', expected: `a volume with a size of its own: ${volumeNames.join(', ')}` }),
      left: Type.String({ ...left }),
      ramp: Type.Optional({ ...duration, description: 'Over how long it fills, at most 8s; at once where it is left out.' }),
    },
    { additionalProperties: false },
  )
}

interface Fill {
  readonly kind: string
  /** What it takes of a volume. */
  readonly unit: 'bytes' | 'files'
}

/** @throws GauntletError usage/fault where as much is to be left as the volume holds, or the ramp is too long */
export function fillPlan(
  { kind, unit }: Fill,
  topology: Topology,
  targets: Targets,
  { volume, left, ramp }: Static<ReturnType<typeof fillParams>>,
  tag: string,
): Plan {
  const { sizeBytes, files } = volumes[volume]
  const most = { bytes: sizeBytes, files }[unit]
  const amount = amountOf(left, most)
  if (amount === undefined || amount >= most)
    throw new GauntletError('usage/fault', `planning ${kind}: left: expected less than the ${most} ${unit} of ${volume}, found ${left}`)
  const rampMs = ramp === undefined ? 0 : durationMs(ramp)
  if (rampMs > longestRampMs) throw new GauntletError('usage/fault', `planning ${kind}: ramp: expected at most 8s, found ${ramp}`)
  const steps = machinesOf(topology, targets).map((machine) => fill(machine, volume, { unit, amount }, rampMs, tag))
  if (!isNonEmpty(steps))
    throw new GauntletError('usage/fault', `planning ${kind}: none of its targets is a machine or agent of this fleet`)
  // That the agents stay up is the promise: nobody may be hurt.
  const takes = steps.map(({ machine }) => roomOn(machine, volume))
  const reliesOn = [...takes, ...steps.map(({ machine }) => namespacesOf(machine))]
  const hit = 'machines' in targets ? targets.machines : targets.agents
  return { targets: hit, radius: [], silences: [], takes, reliesOn, lasts: 'until-undone', steps }
}

interface Limit {
  readonly unit: Fill['unit']
  /** So much of it is left. */
  readonly amount: number
}

function fill(machine: MachineId, volume: string, { unit, amount }: Limit, rampMs: number, tag: string): Step {
  const on = ['--lease', tag, '--volume', volume] as const
  const limit = [`--${unit}`, String(amount)] as const
  const { left, attempt } = { bytes: { left: '/bytesLeft', attempt: '/write' }, files: { left: '/filesLeft', attempt: '/newFile' } }[unit]
  return {
    machine,
    undo: tool('unfill', ...on),
    apply: tool('fill', ...on, ...limit, '--ramp', String(rampMs)),
    sustain: tool('fill', ...on, ...limit, '--keep'),
    effective: query(
      tool('volume', ...on, ...limit),
      { path: left, op: 'atMost', value: amount },
      { path: '/ours/files', op: 'atLeast', value: 1 },
      is(attempt, 'ENOSPC'),
    ),
    gone: query(tool('volume', ...on), is('/ours/files', 0), is('/write', 'taken'), is('/newFile', 'taken')),
  }
}
