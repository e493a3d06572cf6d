/**
 * The volumes of a machine that a fault may fill: those with a size of their own, so that filling one is felt on that machine and
 * nowhere on its host. Sizes are written with their unit, since nobody can tell 64 bytes from 64 MB.
 */
import { logDirectory } from './contract.ts'

export interface Volume {
  /** Where it is mounted in the machine. */
  readonly directory: string
  readonly sizeBytes: number
  readonly files: number
}

export const volumes = {
  logs: { directory: logDirectory, sizeBytes: 16 * 2 ** 20, files: 1000 },
} as const satisfies Record<string, Volume>

export type VolumeName = keyof typeof volumes
export const volumeNames = Object.keys(volumes) as VolumeName[]

export function isVolumeName(name: string): name is VolumeName {
  return Object.hasOwn(volumes, name)
}

const factors = { B: 1, KB: 2 ** 10, MB: 2 ** 20 } as const

/** Patterns as scenario files are checked by. */
export const amountPatterns = {
  bytes: '^\\d+(\\.\\d+)?(%|B|KB|MB)$',
  files: '^(\\d+(\\.\\d+)?%|\\d+ files?)$',
  rate: '^(?=.*[1-9])\\d+(\\.\\d+)?(B|KB|MB)/s$',
} as const

/** `64KB`, `1.5MB`, `5%` of a whole, `12 files`. @returns undefined where it is none of them */
export function amountOf(text: string, whole: number): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)(%|B|KB|MB| files?)$/.exec(text) ?? []
  if (unit === '') return undefined
  if (unit === '%') return Math.floor((Number(digits) / 100) * whole)
  return Math.floor(Number(digits) * (unit.startsWith(' ') ? 1 : factors[unit as keyof typeof factors]))
}
