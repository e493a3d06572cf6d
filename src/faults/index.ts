/** Every fault there is, by the name that scenarios use. To add one: docs/add-a-fault.md. */
import type { TSchema } from 'typebox'
import type { Fault } from './fault.ts'
import { noop } from './noop.ts'
import { processKill } from './process-kill.ts'
import { processStop } from './process-stop.ts'

export const faults = {
  noop,
  'process-kill': processKill,
  'process-stop': processStop,
} as const satisfies Record<string, Fault<TSchema>>

export type FaultKind = keyof typeof faults
