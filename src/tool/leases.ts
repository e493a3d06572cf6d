/** `tool leases` prints what this container knows of every lease it was ever given, one JSON object a line. */
import { leaseExists, leaseIds, noted, stateOf } from './lease-folder.ts'
import { isAlive } from './proc.ts'
import { done, type Io } from './verb.ts'

export interface LeaseLine {
  readonly lease: string
  readonly state: 'armed' | 'applied' | 'expired' | 'released'
  readonly guarded: boolean
  /** Also true while it is still being proven gone. */
  readonly undone: boolean
}

export async function leases(_args: readonly string[], io: Io): Promise<number> {
  for (const lease of leaseIds().filter(leaseExists))
    io.print(
      JSON.stringify({
        lease,
        state: stateOf(lease),
        guarded: isGuarded(lease),
        undone: noted(lease, 'undone') !== undefined,
      } satisfies LeaseLine),
    )
  return done
}

export function isGuarded(lease: string): boolean {
  const guard = noted(lease, 'guard')
  return guard !== undefined && isAlive(guard)
}
