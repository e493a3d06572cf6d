/** What the disk shows: how full a volume is and whether it takes a write, whether a flood arrives in a log, whether a file is there. */
import Type from 'typebox'
import { orNull } from '../base/schema.ts'
import { type Asked, counted, either, type Phrase } from './answer.ts'

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
const theVolume = (machine?: string) => `the volume of ${machine}`
const attempt = (what: string): Phrase => {
  return ({ op, value }) => `${op === 'is' ? '' : 'not '}${value === 'taken' ? `taking ${what}` : `refusing ${what} with ${value}`}`
}

export const volume: Asked<typeof volumes> = {
  witness: 'disk',
  answer: volumes,
  says: {
    '/bytesLeft': { of: theVolume, is: counted('byte', 'bytes', ' left') },
    '/filesLeft': { of: theVolume, is: counted('file', 'files', ' left') },
    '/ours/files': { of: theVolume, is: counted('file', 'files', ' of ours') },
    '/write': { of: theVolume, is: attempt('a write') },
    '/newFile': { of: theVolume, is: attempt('a new file') },
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
    '/agents/*/flood': {
      of: (machine, name) => `the log of ${machine}/${name}`,
      is: either('taking in the flood', 'without new lines of the flood', 'arrives'),
    },
    '/volume/write': { of: theVolume, is: attempt('a write') },
  },
}

/** Of the mark of a lease, or of the path that is asked for. */
const files = Type.Object({ exists: Type.Boolean(), bytes: orNull(count) })

export const file: Asked<typeof files> = {
  witness: 'disk',
  answer: files,
  says: {
    '/exists': { of: (machine) => `the file of this lease on ${machine}`, is: either('present', 'absent') },
    '/bytes': {
      of: (machine) => `the file of this lease on ${machine}`,
      is: ({ op, value }) => `${op === 'not' ? 'not ' : ''}of ${value} bytes`,
    },
  },
}
