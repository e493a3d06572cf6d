/** The kill switch: a file in the run's folder, which its harness looks for all the time. A signal could reach a stranger of the same id. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Aborts, stopCondition } from './abort.ts'

const lookEveryMs = 100

function switchOf(directory: string): string {
  return join(directory, 'stop')
}

/** @param because in words, for the verdict */
export function throwSwitch(directory: string, because: string): void {
  writeFileSync(switchOf(directory), `${because}\n`)
}

/** Looks until it is disposed of. */
export function watchSwitch(directory: string, { trip, signal }: Aborts, nowMs: () => number): Disposable {
  const file = switchOf(directory)
  const timer = setInterval(() => {
    if (!signal.aborted && existsSync(file)) trip(stopCondition, readFileSync(file, 'utf8').trim(), nowMs())
  }, lookEveryMs)
  timer.unref()
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      rmSync(file, { force: true })
    },
  }
}
