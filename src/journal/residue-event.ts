/** What a run left behind: what was looked at before and after, and what the engine and this host still hold of it. */

/** What stands in a machine's namespaces that a fault could leave behind: sorted lines, each `kind detail`. */
export interface SnapshotEvent {
  readonly kind: 'snapshot'
  readonly when: 'before' | 'after'
  readonly machine: string
  readonly lines: readonly string[]
}

/** What the engine still holds of this run after its fleet was disposed of; empty lists are the good answer. */
export interface LeftoversEvent {
  readonly kind: 'leftovers'
  readonly containers: readonly string[]
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
  /** Of the harness's own; absent in a journal from before they were looked for. */
  readonly processes?: readonly string[]
  readonly files?: readonly string[]
}
