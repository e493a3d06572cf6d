/** `tool can ABILITY` tries what a fault needs of the machine it stands in; it changes nothing. Exit code 0: it can. */
import { join } from 'node:path'
import { supervisorSocket } from '../fleet/contract.ts'
import { targetRoot } from './cat.ts'
import { done, failed, type Io, misused } from './verb.ts'

const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Not only a socket: somebody has to answer at it. */
  supervisor: async () => {
    const { supervisor } = await import('./supervisor.ts')
    return supervisor(process.env.GAUNTLET_SUPERVISOR_SOCKET ?? join(targetRoot, supervisorSocket)).getAllProcessInfo()
  },
}

export async function can([ability = '']: readonly string[], io: Io): Promise<number> {
  const attempt = Object.hasOwn(attempts, ability) ? attempts[ability] : undefined
  if (attempt === undefined) {
    io.warn(`nobody knows how to try ${JSON.stringify(ability)}; there are ${Object.keys(attempts).join(', ')}`)
    return misused
  }
  try {
    await attempt()
    return done
  } catch (error) {
    io.warn(error instanceof Error ? error.message : String(error))
    return failed
  }
}
