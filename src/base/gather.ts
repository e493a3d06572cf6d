/** Several validations at once: all of their problems in one error, so that nobody corrects a command line four times. */
import { type ErrorCode, GauntletError, type Problem } from './errors.ts'

type Results<T> = { readonly [K in keyof T]: T[K] extends () => infer R ? R : never }

/** A task that others stand on: done once, and where it failed, whoever asks again fails of the same. */
export function once<T>(task: () => T): () => T {
  let done: (() => T) | undefined
  return () => {
    done ??= settled(task)
    return done()
  }
}

function settled<T>(task: () => T): () => T {
  try {
    const result = task()
    return () => result
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/**
 * Runs every task, in order, whatever the others did.
 * @throws GauntletError with the problems of all failed tasks, each said once, under the code of the first; anything else a task throws goes through
 */
export function gather<T extends Readonly<Record<string, () => unknown>>>(tasks: T): Results<T> {
  const results: Record<string, unknown> = {}
  const failed: GauntletError[] = []
  for (const [name, task] of Object.entries(tasks)) {
    try {
      results[name] = task()
    } catch (error) {
      if (!(error instanceof GauntletError)) throw error
      if (!failed.includes(error)) failed.push(error)
    }
  }
  const [first] = failed
  if (failed.length === 1 && first) throw first
  if (first) throw merged(first.code, failed)
  return results as Results<T>
}

function merged(code: ErrorCode, errors: readonly GauntletError[]): GauntletError {
  const problems = errors.flatMap((error): readonly Problem[] =>
    error.problems.length > 0 ? error.problems : [{ message: error.message }],
  )
  const once = new Map(problems.map((problem) => [JSON.stringify(problem), problem]))
  return new GauntletError(code, [...new Set(errors.map((error) => error.message))].join('; '), { problems: [...once.values()] })
}
