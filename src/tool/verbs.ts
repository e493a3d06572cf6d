/** Every verb of the tool, by name. */
import { cat } from './cat.ts'
import { fetch } from './fetch.ts'
import { hold } from './hold.ts'
import { keepDead } from './keep-dead.ts'
import { leases } from './leases.ts'
import { processes } from './process.ts'
import { expire, release } from './release.ts'
import { revive } from './revive.ts'
import { signal } from './signal.ts'
import { snapshot } from './snapshot.ts'
import type { Verb } from './verb.ts'

export const verbs = {
  hold,
  release,
  expire,
  leases,
  signal,
  process: processes,
  'keep-dead': keepDead,
  revive,
  snapshot,
  fetch,
  cat,
} as const satisfies Record<string, Verb>
