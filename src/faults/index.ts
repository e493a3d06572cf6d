/** Every fault there is, by the name that scenarios use. docs/add-a-fault.md says how to add one. */
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
