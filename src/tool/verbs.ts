/** Every verb of the tool, by name. */
import { burn } from './burn.ts'
import { can } from './can.ts'
import { cat } from './cat.ts'
import { change, changeBack } from './change.ts'
import { clock } from './clock.ts'
import { container } from './container.ts'
import { cut, flap } from './cut.ts'
import { delayProxy } from './delay-proxy.ts'
import { fetch, fetchEach } from './fetch.ts'
import { fill, unfill } from './fill.ts'
import { flood } from './flood.ts'
import { hoard } from './hoard.ts'
import { hog } from './hog.ts'
import { hold } from './hold.ts'
import { keepDead } from './keep-dead.ts'
import { leases } from './leases.ts'
import { degrade } from './link.ts'
import { log } from './log.ts'
import { mark, unmark } from './mark.ts'
import { mend } from './mend.ts'
import { falseNames, mute } from './name-server.ts'
import { asks } from './questions.ts'
import { expire, look, release } from './release.ts'
import { revive } from './revive.ts'
import { secret, secretBack } from './secret.ts'
import { signal } from './signal.ts'
import { snapshot } from './snapshot.ts'
import { squat, squatEnd, squatRoom } from './squat.ts'
import { type Ask, asking, type Verb } from './verb.ts'

export const verbs = {
  ...Object.fromEntries(Object.entries(asks).map(([name, ask]) => [name, asking(ask as Ask)])),
  hold,
  look,
  release,
  expire,
  leases,
  signal,
  'keep-dead': keepDead,
  revive,
  can,
  container,
  hog,
  burn,
  hoard,
  clock,
  snapshot,
  fetch,
  'fetch-each': fetchEach,
  cat,
  log,
  mend,
  cut,
  flap,
  degrade,
  'delay-proxy': delayProxy,
  'squat-room': squatRoom,
  squat,
  'squat-end': squatEnd,
  mute,
  'false-names': falseNames,
  fill,
  unfill,
  mark,
  unmark,
  flood,
  secret,
  'secret-back': secretBack,
  change,
  'change-back': changeBack,
} as const satisfies Record<string, Verb>
