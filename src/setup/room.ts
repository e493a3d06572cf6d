/** Whether there is space for images and runs, where they will be written. */
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { GauntletError } from '../base/errors.ts'
import { projectDirectory } from './paths.ts'

export const leastFreeBytes = 5e9

export interface Room {
  readonly path: string
  readonly freeBytes: number
}

/** Of the project, and of the engine's data where that is on this machine. */
export function rooms(engineRoot = '/var/lib/docker'): Promise<Room[]> {
  return Promise.all(
    [projectDirectory, engineRoot].map(async (path) => {
      const there = nearest(path)
      const { bavail, bsize } = await statfs(there)
      return { path: there, freeBytes: bavail * bsize }
    }),
  )
}

/** @throws GauntletError naming each place that is too full */
export async function requireRoom(): Promise<void> {
  const tight = (await rooms()).filter(({ freeBytes }) => freeBytes < leastFreeBytes)
  if (tight.length === 0) return
  const seen = tight.map(({ path, freeBytes }) => `${path} has ${(freeBytes / 1e9).toFixed(1)} GB free`).join('; ')
  throw new GauntletError('environment/disk', `to find ${leastFreeBytes / 1e9} GB free for images and runs`, { cause: seen })
}

/** The path itself, or what it will be made in. */
function nearest(path: string): string {
  return existsSync(path) || path === '/' ? path : nearest(dirname(path))
}
