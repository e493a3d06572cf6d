/** Takes processor time from a machine's agents: busy loops in the machine's own cgroup, as a runaway process of its own would be. */
import Type from 'typebox'
import type { Fault } from './fault.ts'
import { hogPlan } from './hog-steps.ts'

const params = Type.Object(
  {
    cores: Type.Integer({
      minimum: 1,
      maximum: 64,
      default: 1,
      expected: 'a whole number from 1 to 64',
      description: 'how many cores are kept busy',
    }),
    load: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.8,
      expected: 'a share of each core above 0 and up to 1',
      description: 'share of each core',
    }),
  },
  { additionalProperties: false },
)

export const cpu: Fault<typeof params> = {
  kind: 'cpu',
  summary: "takes processor time from a machine's agents",
  needs: ['engine', 'nested-cgroup'],
  params,
  plan: (_topology, targets, { cores, load }, tag) =>
    hogPlan({ kind: 'cpu', begin: ['burn', '--cores', `${cores}`, '--load', `${load}`] }, targets, tag),
}
