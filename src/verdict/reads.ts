/** What must be read of a fleet so that a scenario can be judged: by the criteria that it names, and by its stages, which are always judged. */
import { checkOf } from '../checks/index.ts'
import type { Read } from '../journal/reads.ts'
import { stagesRead } from './stages.ts'

export function readsFor(criteria: readonly string[]): readonly Read[] {
  return [...stagesRead, ...criteria.flatMap((id) => checkOf(id)?.reads ?? [])]
}
