/**
 * What the harness and a tool container say to each other. `tool hold` reads a HoldRequest from its standard input, arms the
 * undo with its time to live beside the fault, applies, proves, and prints ToolLines; `tool release ID` undoes and proves gone.
 */
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

export type ToolLine =
  | { readonly kind: 'armed' | 'applied' | 'undone' | 'expired'; readonly lease: string }
  | {
      /** `refused`: before anything was done on this machine. */
      readonly kind: 'failed' | 'refused'
      readonly lease: string
      readonly index: number
      readonly argv: readonly string[]
      readonly exitCode: number
      readonly stderr: string
    }
  | {
      readonly kind: 'proof'
      readonly lease: string
      readonly index: number
      readonly query: 'effective' | 'gone'
      readonly exitCode: number
      readonly stdout: string
      readonly stderr: string
      /** False: the query itself failed, and its answer says nothing. */
      readonly asked: boolean
      /** How long ago its last asking began. */
      readonly ageMs: number
    }
