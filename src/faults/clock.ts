/**
 * Sets the clock of a machine's processes wrong, by an offset, a drift or both. Containers share the host's clock, so each process is
 * made to read it wrong where it reads it (src/tool/vdso.ts): nothing else on the host sees another time.
 */
import Type from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty } from '../base/nonempty.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { Fault, Step } from './fault.ts'
import { is, query, tool } from './tool-steps.ts'
import { clockOf, standingOn, supervisorOf } from './ways.ts'

const factorsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
const mostOffsetMs = 24 * factorsMs.h
const mostDriftMsPerS = 500

const params = Type.Object(
  {
    offset: Type.String({
      pattern: '^[+-]?\\d+(\\.\\d+)?(ms|s|m|h)$',
      default: '0s',
      expected: 'an offset with its unit, such as +5m, -300s or 250ms',
      description: 'how far the clock is ahead (+5m) or behind (-5m)',
    }),
    drift: Type.String({
      pattern: '^[+-]?\\d+(\\.\\d+)?ms/s$',
      default: '0ms/s',
      expected: 'a drift such as +10ms/s or -2.5ms/s',
      description: 'how much it gains, or loses, in each second',
    }),
  },
  { additionalProperties: false },
)

export const clock: Fault<typeof params> = {
  kind: 'clock',
  summary: 'sets the clock of all processes of a machine wrong',
  needs: ['vdso', 'supervisor'],
  params,
  plan(_topology, targets, { offset, drift }, tag) {
    if (!('machines' in targets))
      throw new GauntletError('usage/fault', 'planning clock: its targets are agents; a clock is a whole machine’s')
    const [offsetMs, driftMsPerS] = [offsetMsOf(offset), Number.parseFloat(drift)]
    if (Math.abs(offsetMs) > mostOffsetMs) throw refused(`an offset of ${offset} is more than a day`)
    if (Math.abs(driftMsPerS) > mostDriftMsPerS) throw refused(`a drift of ${drift} is more than ${mostDriftMsPerS} ms in a second`)
    if (offsetMs === 0 && driftMsPerS === 0) throw refused('neither an offset nor a drift is given, so that nothing would be wrong')
    const steps = targets.machines.map((machine) => shift(machine, offsetMs, driftMsPerS, tag))
    if (!isNonEmpty(steps)) throw refused('no machine is named')
    const takes = targets.machines.map(clockOf)
    const reliesOn = targets.machines.flatMap((machine) => [...standingOn(machine), supervisorOf(machine), clockOf(machine)])
    return { targets: targets.machines, radius: [], silences: [], takes, reliesOn, lasts: 'until-undone', steps } // a wrong clock is to hurt nobody
  },
}

function shift(machine: MachineId, offsetMs: number, driftMsPerS: number, tag: string): Step {
  const run = (deed: string, ...words: readonly string[]) => tool('clock', deed, '--lease', tag, ...words)
  const state = tool('clock-state', '--lease', tag)
  const told = is('/supervisord/fits', true)
  return {
    machine,
    undo: run('back'),
    apply: run('set', '--offset-ms', `${offsetMs}`, '--drift-ms-per-s', `${driftMsPerS}`),
    sustain: run('keep'),
    effective: query(state, { path: '/wrong', op: 'atLeast', value: 1 }, is('/right', 0), told),
    gone: query(state, { any: [{ all: [is('/wrong', 0), told] }, is('/isSet', false)] }),
  }
}

function offsetMsOf(offset: string): number {
  const [, unit = 'ms'] = /(ms|s|m|h)$/.exec(offset) ?? []
  return Math.round(Number.parseFloat(offset) * factorsMs[unit as keyof typeof factorsMs])
}

function refused(why: string): GauntletError {
  return new GauntletError('usage/fault', `planning clock: ${why}`)
}
