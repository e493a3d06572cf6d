/** What the verbs of a change read from their standard input. */
import type { Behaviour } from '../answers/behaviour.ts'
import type { DeployedEdit } from '../fleet/deployed-edit.ts'

export interface ChangeRequest {
  /** What kind of change it is, for whoever reads the proofs. */
  readonly kind: string
  readonly edits: readonly DeployedEdit[]
  /** What the deploy path is to make of it. */
  readonly expect: 'taken' | 'refused'
  /** Agents that are restarted once it is taken, and once it is taken back. */
  readonly restart: readonly string[]
  /** What starts them: their supervisor, or the boot script, which starts whoever does not run. */
  readonly by?: Starter
}

export type Starter = 'supervisor' | 'boot-script'

export interface ChangedRequest {
  /** What each agent does as it was, and as it is changed to. */
  readonly agents: readonly { readonly name: string; readonly old?: Behaviour; readonly new?: Behaviour }[]
}

export interface SecretLookRequest {
  /** What each agent does with the secret as it was. */
  readonly agents: readonly { readonly name: string; readonly healthPort: number; readonly old: Behaviour }[]
}
