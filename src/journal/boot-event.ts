/** What the boot scripts answer: how a start went, and what they say to a config that they must refuse. */

/** A boot script's own answer. One event for each machine and run of the script. */
export interface BootEvent {
  readonly kind: 'boot'
  readonly machine: string
  readonly dryRun: boolean
  readonly ok: boolean
  readonly scripts: { readonly found: number; readonly total: number }
  /** Agent names, in the order the layers were started. */
  readonly layers: readonly (readonly string[])[]
  readonly findings: readonly { readonly rule: string; readonly message: string; readonly agents: readonly string[] }[]
  /** Agents that were started; times since the script's own start, `null`: never healthy within its limit. */
  readonly started: readonly {
    readonly agent: string
    readonly startedMs: number
    readonly healthyMs: number | null
    /** What it depends on of other machines, and when this script saw that healthy; absent where it waited for nothing, or did not say. */
    readonly waitedFor?: readonly { readonly agent: string; readonly healthyMs: number | null }[]
  }[]
}

/**
 * A machine's config with one violation of the schema planted in it, given to its boot script's dry run: silence about a good config is
 * evidence only beside a refusal of a bad one.
 */
export interface ValidationEvent {
  readonly kind: 'validation'
  readonly machine: string
  /** In words. */
  readonly planted: string
  /** `unclear`: it could not be asked, or its answer was neither. */
  readonly answer: 'refused' | 'accepted' | 'unclear'
  /** Its first lines. */
  readonly said: readonly string[]
}
