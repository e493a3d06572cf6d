/** What a run is told of judging: which criteria there are, and what must be read of the fleet for them. */
import { criteria } from '../checks/index.ts'
import type { Judging } from '../run/request.ts'
import { readsFor } from '../verdict/reads.ts'

export const judging: Judging = { criteria: criteria.map(({ id }) => id), readsFor }
