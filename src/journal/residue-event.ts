/** What a run left behind: what was looked at before and after, and what the engine and this host still hold of it. */
import Type from 'typebox'
import type { Of } from '../base/schema.ts'

const texts = Type.Array(Type.String())

/** What stands in a machine's namespaces that a fault could leave behind: sorted lines, each `kind detail`. */
export const snapshotEvent = Type.Object({
  kind: Type.Literal('snapshot'),
  when: Type.Enum(['before', 'after']),
  machine: Type.String(),
  lines: texts,
})
export type SnapshotEvent = Of<typeof snapshotEvent>

/** What the engine still holds of this run after its fleet was disposed of; empty lists are the good answer. */
export const leftoversEvent = Type.Object({
  kind: Type.Literal('leftovers'),
  containers: texts,
  networks: texts,
  volumes: texts,
  /** Of the harness's own. */
  processes: texts,
  files: texts,
})
export type LeftoversEvent = Of<typeof leftoversEvent>
