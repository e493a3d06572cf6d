/** Every criterion that can be judged, by the name it has in verdicts. To add one: a file here, a line below, golden histories. */
import type { Check } from './check.ts'
import { config } from './config.ts'
import { coverage } from './coverage.ts'
import { exporter } from './exporter.ts'
import { recovery } from './recovery.ts'
import { residue } from './residue.ts'
import { uptime } from './uptime.ts'

export const checks = { uptime, coverage, exporter, recovery, config, residue } as const satisfies Record<string, Check>

export type CheckId = keyof typeof checks
