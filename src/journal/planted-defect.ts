/** A defect that was put into the fleet on purpose, as a run tells of it. */
export interface PlantedDefect {
  readonly id: string
  readonly sentence: string
  /** Criteria that must catch it. */
  readonly owners: readonly string[]
  readonly on: readonly string[]
}
