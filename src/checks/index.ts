/** Every promise there is, in the order of a verdict. To add a criterion: a file here, a line below, golden histories. */
import { alerts } from './alerts.ts'
import type { Check, Criterion } from './check.ts'
import { config } from './config.ts'
import { coverage } from './coverage.ts'
import { durability } from './durability.ts'
import { exporter } from './exporter.ts'
import { latency } from './latency.ts'
import { leaks } from './leaks.ts'
import { recovery } from './recovery.ts'
import { residue } from './residue.ts'
import { rollback } from './rollback.ts'
import { uptime } from './uptime.ts'

export const criteria: readonly (Criterion | Check)[] = [
  uptime,
  coverage,
  exporter,
  leaks,
  latency,
  rollback,
  recovery,
  durability,
  alerts,
  config,
  residue,
]

/** Undefined for what cannot be judged. */
export function checkOf(id: string): Check | undefined {
  return criteria.find((criterion): criterion is Check => criterion.id === id && 'judge' in criterion)
}
