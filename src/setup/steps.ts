/**
 * The set-up as steps that know what they need. Each looks first, installs only what is not there, then looks again; those that
 * do not need each other run side by side. When one fails, those that need it fail with it and the others finish: a package
 * manager stopped halfway leaves a machine worse than it was.
 */
import { GauntletError } from '../base/errors.ts'
import type { Progress } from './progress.ts'

export interface Step<T> {
  /** What is there already; undefined when something is to be done. */
  detect(): Promise<T | undefined>
  install(note: (text: string) => void): Promise<void>
}

export interface Steps {
  /** Begins as soon as all it needs is there; what they gave is handed to `make`. */
  step<T, Needs extends readonly unknown[]>(
    name: string,
    needs: readonly [...{ readonly [Index in keyof Needs]: Promise<Needs[Index]> }],
    make: (...needs: NoInfer<Needs>) => Step<T>,
  ): Promise<T>
  /** Ends when every step has ended. @throws the first error of a step, of those that failed by themselves */
  settled(): Promise<void>
}

export function startSteps(progress: Progress): Steps {
  const begun: Promise<unknown>[] = []
  return {
    step(name, needs, make) {
      const result = Promise.all(needs).then((given) => oneStep(name, make(...(given as never)), progress))
      result.catch(() => undefined) // `settled` reports it
      begun.push(result)
      return result
    },
    async settled() {
      const failed = (await Promise.allSettled(begun)).find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  }
}

function oneStep<T>(name: string, step: Step<T>, progress: Progress): Promise<T> {
  return progress.during(name, async (note) => {
    const there = await step.detect()
    if (there !== undefined) return there
    await step.install(note)
    const now = await step.detect()
    if (now === undefined) throw new GauntletError('environment/setup', `installed ${name}, and it was still not there afterwards`)
    return now
  })
}
