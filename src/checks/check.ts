/** A criterion is one module: its promise, by what it is judged, and the pure function from what happened to what can be concluded. */
import type { Finding } from '../evidence/finding.ts'
import type { Promises } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import type { Read } from '../journal/reads.ts'

/** A promise, whether it can be judged yet or not: what was not judged is shown as such, never left out. */
export interface Criterion {
  readonly id: string
  /** In the owners' words. */
  readonly promise: string
  /** A scenario that exercises it, to be named where none did. */
  readonly exercisedBy: string
}

/** Judged for each scenario that declares it, the worst of them counts. It never sees a fleet. */
export interface Check extends Criterion {
  /** Beside what is there whatever is judged: probes, bring-up, faults, loads, and the snapshots around every scenario. */
  readonly reads: readonly Read[]
  /** By which it is judged, so that its row can show what was promised. */
  readonly limits: readonly (keyof Promises)[]
  judge(history: History, scenario: ScenarioHistory): Finding
}
