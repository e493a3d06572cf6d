/** Every criterion that can be judged, by the name it has in verdicts. To add one: a file here, a line below, golden histories. */
import { alerts } from './alerts.ts'
import type { Check } from './check.ts'
import { config } from './config.ts'
import { coverage } from './coverage.ts'
import { durability } from './durability.ts'
import { exporter } from './exporter.ts'
import { latency } from './latency.ts'
import { recovery } from './recovery.ts'
import { residue } from './residue.ts'
import { rollback } from './rollback.ts'
import { uptime } from './uptime.ts'

export const checks = {
  uptime,
  coverage,
  exporter,
  latency,
  recovery,
  rollback,
  durability,
  alerts,
  config,
  residue,
} as const satisfies Record<string, Check>
