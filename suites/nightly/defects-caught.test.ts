/** Defects of the hubs and of a revert, whose drills take minutes: each ends in NO-GO by the criterion that owns it, for the right reason. */
import { expect, test } from 'vitest'
import { judged } from '../fleet/caught.ts'

test.each([
  ['F1', 'hub-loss-central', 'durability', /reports that no hub took, though pc2\/ObservabilityHub was not hurt/],
  ['F2', 'hub-loss-central', 'durability', /reports acknowledged and not stored/],
  ['F3', 'hub-loss-central', 'durability', /reports acknowledged and not stored/],
  ['F4', 'hub-loss-both', 'alerts', /missing: critical BothHubsDown to on-call/],
  ['F5', 'hub-loss-central', 'durability', /reports that no hub took, though pc2\/ObservabilityHub was not hurt/],
  ['F7', 'hub-loss-central', 'durability', /reports counted twice/],
  ['R1', 'rollback-hub', 'rollback', /the change of hub is not taken back: .* is still the process from before the rollback/],
])('%s in %s by %s', async (defect, scenario, owner, because) => {
  const by = await judged(defect, 'drill', scenario)
  expect(by(owner)).toMatchObject({ outcome: 'fail', because: expect.stringMatching(because) })
})
