/** The process table as the kernel shows it. Pids are reused, so a process is its pid together with its start time. */
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'

export interface Process {
  readonly pid: number
  readonly comm: string
  /** R, S, D, I running or sleeping; T stopped; Z zombie. */
  readonly state: string
  readonly group: number
  /** Clock ticks since the machine started. */
  readonly start: number
}

export type Incarnation = Pick<Process, 'pid' | 'start'>

export function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** @returns undefined when there is no such process (any more) */
export function processOf(pid: number): Process | undefined {
  const text = readOr(`/proc/${pid}/stat`)
  return text === undefined ? undefined : parseStat(text)
}

/** `pid (comm) state ppid pgrp …`: comm may itself hold blanks and brackets, so the last bracket counts. */
export function parseStat(text: string): Process | undefined {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  const rest = text.slice(close + 2).split(' ')
  const [state, , group] = rest
  const start = rest[19]
  if (open < 0 || close < 0 || state === undefined || group === undefined || start === undefined) return undefined
  return { pid: Number(text.slice(0, open)), comm: text.slice(open + 1, close), state, group: Number(group), start: Number(start) }
}

/** The name under which supervisord runs it. Its children inherit it; a fork that has not exec'ed yet has none. */
export function supervisedName(pid: number): string | undefined {
  return readOr(`/proc/${pid}/environ`)
    ?.split('\0')
    .find((entry) => entry.startsWith('SUPERVISOR_PROCESS_NAME='))
    ?.slice('SUPERVISOR_PROCESS_NAME='.length)
}

/** Every process of each name, zombies left out: they are dead and only wait to be collected. */
export function named(names: readonly string[]): Map<string, Process[]> {
  const found = new Map<string, Process[]>(names.map((name) => [name, []]))
  for (const pid of pids()) {
    const list = found.get(supervisedName(pid) ?? '')
    const process = list && processOf(pid)
    if (process && process.state !== 'Z' && process.state !== 'X') list.push(process)
  }
  return found
}

export function isAlive({ pid, start }: Incarnation): boolean {
  const now = processOf(pid)
  return now !== undefined && now.start === start && now.state !== 'Z' && now.state !== 'X'
}

/** Whether the process has a handler of its own for the signal: the kernel's mask has a bit for each, the first for signal 1. */
export function catches(pid: number, name: NodeJS.Signals): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readOr(`/proc/${pid}/status`) ?? '')?.[1] ?? '0'
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[name] - 1)) & 1n) === 1n
}

/** @returns false when that very process is not there any more */
export function signal(target: Incarnation, name: NodeJS.Signals): boolean {
  return isAlive(target) && deliver(target.pid, name)
}

/** To the process and its group, when it leads one. */
export function signalGroup(target: Incarnation, name: NodeJS.Signals): boolean {
  const leads = processOf(target.pid)?.group === target.pid
  return isAlive(target) && deliver(leads ? -target.pid : target.pid, name)
}

function deliver(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // it ended while we looked
  }
}
