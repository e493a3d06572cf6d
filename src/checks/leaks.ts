/** Credentials that leave their file: promised, and not judged yet. */
import type { Criterion } from './check.ts'

export const leaks: Criterion = { id: 'leaks', promise: 'no credential leaks in processes and logs', exercisedBy: 'leak-hunt' }
