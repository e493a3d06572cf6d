/** Every fault there is, by the name that scenarios use. docs/add-a-fault.md says how to add one. */
import type { TSchema } from 'typebox'
import { change } from './change.ts'
import { clock } from './clock.ts'
import { configChange } from './config-change.ts'
import { containerKill } from './container-kill.ts'
import { containerPause } from './container-pause.ts'
import { cpu } from './cpu.ts'
import { diskFill } from './disk-fill.ts'
import { dns } from './dns.ts'
import type { Fault } from './fault.ts'
import { inodeFill } from './inode-fill.ts'
import { link } from './link.ts'
import { logFlood } from './log-flood.ts'
import { memory } from './memory.ts'
import { noop } from './noop.ts'
import { partition } from './partition.ts'
import { portSquat } from './port-squat.ts'
import { processKill } from './process-kill.ts'
import { processStop } from './process-stop.ts'
import { processZombie } from './process-zombie.ts'
import { secret } from './secret.ts'

export const faults = {
  noop,
  'process-kill': processKill,
  'process-stop': processStop,
  'process-zombie': processZombie,
  'container-kill': containerKill,
  'container-pause': containerPause,
  cpu,
  memory,
  clock,
  partition,
  link,
  'port-squat': portSquat,
  dns,
  'disk-fill': diskFill,
  'inode-fill': inodeFill,
  'log-flood': logFlood,
  secret,
  'config-change': configChange,
  change,
} as const satisfies Record<string, Fault<TSchema>>

export type FaultKind = keyof typeof faults
