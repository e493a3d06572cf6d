/**
 * What the harness and a tool container say to each other of a lease. `tool hold` reads a HoldRequest from its standard input, arms the
 * undo with its time to live beside the fault, applies, proves, and prints ToolLines; `tool look ID` says whether it still lasts; `tool
 * release ID` undoes and proves gone.
 */
import Type, { type Static } from 'typebox'
import type { Json } from '../base/predicate.ts'
import { orNull } from '../base/schema.ts'
import type { Plan, Step } from '../faults/fault.ts'

export interface HoldRequest {
  readonly lease: string
  readonly ttlMs: number
  /** How long each proof may take to come true before its last answer is taken as it is. */
  readonly proofMs: number
  /** What is over at once is not asked for once more before its undo. */
  readonly lasts: Plan['lasts']
  /** This machine's steps, with their places in the plan. */
  readonly steps: readonly { readonly index: number; readonly step: Omit<Step, 'machine' | 'by'> }[]
}

const lease = Type.String()
const index = Type.Integer({ minimum: 0 })

export const toolLineSchema = Type.Union([
  Type.Object({ kind: Type.Enum(['armed', 'applied', 'undone', 'expired']), lease }),
  Type.Object({
    /** `refused`: before anything was done on this machine. */
    kind: Type.Enum(['failed', 'refused']),
    lease,
    index,
    argv: Type.Array(Type.String()),
    exitCode: Type.Integer(),
    stderr: Type.String(),
  }),
  Type.Object({
    kind: Type.Literal('proof'),
    lease,
    index,
    /** `lasting`: while it is held. */
    query: Type.Enum(['effective', 'lasting', 'gone']),
    /** Of the question's schema; null where it could not be answered. */
    answer: Type.Unsafe<Json>(Type.Unknown()),
    /** Why it could not. */
    problem: orNull(Type.String()),
    /** How long ago its last asking began. */
    ageMs: Type.Number({ minimum: 0 }),
  }),
])
export type ToolLine = Static<typeof toolLineSchema>
