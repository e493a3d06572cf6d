/** A question to an agent, from inside its machine, and which answer it is. */
import type { Json, Predicate } from '../base/predicate.ts'

export interface Behaviour {
  readonly url: string
  /** Asked by a POST of an empty object; else by a GET. */
  readonly post?: true
  /** Of what comes back. */
  readonly shows: Predicate
}

/** What comes back: a body that is no JSON is its text, and one that never came is null. */
export interface CameBack {
  readonly status: number
  /** `no answer`, or the code of what went wrong; null: nothing. */
  readonly problem: string | null
  readonly body: Json
}
