/** A check is a pure function from what happened to what can be concluded; it never sees a fleet. */
import type { Finding } from '../evidence/finding.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'

/** One criterion of a verdict: judged for each scenario that declares it, the worst of them counts. */
export interface Check {
  readonly id: string
  /** The promise in the owners' words. */
  readonly promise: string
  judge(history: History, scenario: ScenarioHistory): Finding
}
