/** What a verb of the tool is: a function that may be run by a person, by the harness, or inside another verb without a new process. */
import type { Command } from '../faults/fault.ts'

export interface Answer {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface Io {
  /** A line on standard output, written at once. */
  print(line: string): void
  /** A line on standard error. */
  warn(line: string): void
  stdin(): Promise<string>
  /** Runs a command to its end; the tool's own verbs without a new process. */
  run(command: Command): Promise<Answer>
  /** Whoever asked has given up, or its time is over. */
  readonly signal: AbortSignal
  readonly memory: Memory
}

/** What lives as long as this process and no longer; all that must not be lost stands in the lease's folder. */
export interface Memory {
  /** Connections from before a cut, by lease. */
  readonly flows: Map<string, Flows>
  /** Holds that have not come to their end, by lease. */
  readonly holds: Map<string, UnderWay>
}

export interface Flows extends Disposable {
  readonly all: readonly Flow[]
}

export interface Flow {
  readonly peer: string
  readonly remotePort: number
  readonly localPort: number
  readonly writtenBytes: number
  write(): void
}

export interface UnderWay {
  /** Nothing of it begins any more. @returns when nothing of it is under way either */
  stop(): Promise<void>
}

export function emptyMemory(): Memory {
  return { flows: new Map(), holds: new Map() }
}

/** A verb that asks, and changes nothing. @throws Error where it cannot look: then nothing is said, neither way */
export type Ask<Answer = unknown> = (args: readonly string[], io: Io) => Promise<Answer>

/** Its answer is one line of JSON. */
export function asking(ask: Ask): Verb {
  return async (args, io) => {
    io.print(JSON.stringify(await ask(args, io)))
    return done
  }
}

/** @returns the exit code */
export type Verb = (args: readonly string[], io: Io) => Promise<number>

export const done = 0
export const failed = 1
/** Everything was undone, and something is not seen to be gone: for whoever reads the proofs to judge. */
export const unproven = 3
/** It was refused before anything was done: nothing can be left of it, and nothing needs to be taken back. */
export const refused = 4
/** Wrong arguments: sysexits' EX_USAGE, as the harness itself. */
export const misused = 64

/** What cannot be done here, seen before any of it was begun. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** Of a verb that has thrown. */
export function exitCodeOf(error: unknown): number {
  return error instanceof Refusal ? refused : failed
}

export function refuse(io: Pick<Io, 'warn'>, why: string): number {
  io.warn(why)
  return refused
}

/** Of a verb that does something to processes by their names. @returns false, and says why, when there are none */
export function areNames(verb: string, names: readonly string[], io: Io): boolean {
  if (names.length > 0) return true
  io.warn(`${verb} needs the names of processes`)
  return false
}
