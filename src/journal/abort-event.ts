/** Why a run was ended before its end by a condition that was set for it: the first one that was met, and only that. */

/** A condition under which whoever started the run wants every fault ended at once, and that was met. */
export interface AbortEvent {
  readonly kind: 'abort'
  /** As it was asked for: `bystanders=3`; `stop` is the kill switch. */
  readonly condition: string
  /** In words for a person: how much, and of whom. */
  readonly seen: string
  /** When that was there to be seen: when an answer had come or its time was over, the disk was looked at, the switch was thrown. */
  readonly causeMs: number
}
