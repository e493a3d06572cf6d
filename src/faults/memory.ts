/**
 * Takes memory on a machine, within a limit of its own: it never takes what the host has not to spare, and when the kernel must kill
 * somebody for memory it is first. `until: killed` asks for more than that limit, so that the kernel does.
 */
import Type from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { duration, durationMs } from '../scenario/duration.ts'
import type { Fault } from './fault.ts'
import { hogPlan } from './hog-steps.ts'

const unitBytes = { MB: 2 ** 20, GB: 2 ** 30 } as const
const least = 2 ** 20
const most = 64 * 2 ** 30

const params = Type.Object(
  {
    bytes: Type.String({
      pattern: '^\\d+(\\.\\d+)?(MB|GB)$',
      default: '256MB',
      expected: 'a size with its unit, such as 256MB or 1GB',
      description: 'how much is taken: 256MB, 1GB',
    }),
    ramp: { ...duration, default: '2s', description: 'over which it is taken' },
    until: Type.Enum(['held', 'killed'], {
      default: 'held',
      description: 'held: it keeps what it took; killed: it goes on until the kernel kills it',
    }),
  },
  { additionalProperties: false },
)

export const memory: Fault<typeof params> = {
  kind: 'memory',
  summary: 'takes memory on a machine, and is the first to be killed for it',
  needs: ['engine', 'nested-cgroup'],
  params,
  plan(_topology, targets, { bytes: size, ramp, until }, tag) {
    const bytes = bytesOf(size)
    if (bytes < least || bytes > most) throw new GauntletError('usage/fault', `planning memory: ${size} is not between 1MB and 64GB`)
    const asked = until === 'killed' ? 2 * bytes + unitBytes.GB : bytes
    const begin = ['hoard', '--bytes', `${asked}`, '--ramp-ms', `${durationMs(ramp)}`, '--limit', `${bytes}`] as const
    return hogPlan({ kind: 'memory', begin, isKilled: until === 'killed' }, targets, tag)
  },
}

function bytesOf(size: string): number {
  return Math.round(Number.parseFloat(size) * unitBytes[size.endsWith('GB') ? 'GB' : 'MB'])
}
