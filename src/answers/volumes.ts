/** What the disk shows: how full a volume is and whether it takes a write, whether a flood arrives in a log, whether a file is there. */
import Type from 'typebox'
import { type Asked, counted, either } from './answer.ts'

const count = Type.Integer({ minimum: 0 })

const volumes = Type.Object({
  bytesLeft: count,
  bytes: count,
  filesLeft: count,
  files: count,
  /** Files on it that carry the lease. */
  ours: Type.Object({ files: count, bytes: count }),
  /** Of a write beyond what may be left, and of one file more: `taken`, the kernel’s error, or `not tried`. */
  write: Type.String(),
  newFile: Type.String(),
})
const attempt =
  (what: string) =>
  ({ op, value }: { readonly op: string; readonly value: unknown }, machine: string) =>
    `${what} on ${machine} ${op === 'is' ? '' : 'not '}${value === 'taken' ? 'taken' : `refused with ${value}`}`

export const volume: Asked<typeof volumes> = {
  witness: 'disk',
  answer: volumes,
  says: {
    '/bytesLeft': counted((machine) => `bytes left on the volume of ${machine}`),
    '/filesLeft': counted((machine) => `files left on the volume of ${machine}`),
    '/ours/files': counted((machine) => `files of ours on the volume of ${machine}`),
    '/write': attempt('a write'),
    '/newFile': attempt('a new file'),
  },
}

const floods = Type.Object({
  agents: Type.Record(
    Type.String(),
    Type.Object({
      flood: Type.Enum(['arrives', 'over', 'none']),
      /** Numbers of the last line of the lease, at two looks. */
      lines: Type.Array(count),
    }),
  ),
  volume: volumes,
})

export const flooded: Asked<typeof floods> = {
  witness: 'disk',
  answer: floods,
  says: {
    '/agents/*/flood': either(
      (machine, name) => `the flood arriving in the log of ${machine}/${name}`,
      (machine, name) => `no flood arriving in the log of ${machine}/${name}`,
      'arrives',
    ),
    '/volume/write': attempt('a write'),
  },
}

const files = Type.Object({ exists: Type.Boolean() })

export const file: Asked<typeof files> = {
  witness: 'disk',
  answer: files,
  says: {
    '/exists': either(
      (machine) => `the mark of this lease on ${machine}`,
      (machine) => `no mark of this lease on ${machine}`,
    ),
  },
}
