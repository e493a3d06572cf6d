/** Every verb of the tool, by name. */
import { burn } from './burn.ts'
import { can } from './can.ts'
import { cat } from './cat.ts'
import { change, changeBack } from './change.ts'
import { changed } from './changed.ts'
import { clock } from './clock.ts'
import { container } from './container.ts'
import { cut, cutState, flap } from './cut.ts'
import { delayProxy } from './delay-proxy.ts'
import { fetch, fetchEach } from './fetch.ts'
import { fill, unfill } from './fill.ts'
import { flood, flooded } from './flood.ts'
import { hoard } from './hoard.ts'
import { hog } from './hog.ts'
import { hold } from './hold.ts'
import { idle } from './idle.ts'
import { keepDead } from './keep-dead.ts'
import { leases } from './leases.ts'
import { degrade, linkState } from './link.ts'
import { log } from './log.ts'
import { mend } from './mend.ts'
import { falseNames, lookUp, mute } from './name-server.ts'
import { processes } from './process.ts'
import { expire, release } from './release.ts'
import { revive } from './revive.ts'
import { secret, secretBack } from './secret.ts'
import { secretLook } from './secret-look.ts'
import { signal } from './signal.ts'
import { snapshot } from './snapshot.ts'
import { portState, squat, squatEnd, squatRoom } from './squat.ts'
import type { Verb } from './verb.ts'
import { volume } from './volume.ts'

export const verbs = {
  hold,
  release,
  expire,
  leases,
  signal,
  process: processes,
  'keep-dead': keepDead,
  revive,
  can,
  idle,
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
  'cut-state': cutState,
  flap,
  degrade,
  'link-state': linkState,
  'delay-proxy': delayProxy,
  'squat-room': squatRoom,
  squat,
  'squat-end': squatEnd,
  'port-state': portState,
  mute,
  'false-names': falseNames,
  'look-up': lookUp,
  fill,
  unfill,
  volume,
  flood,
  flooded,
  secret,
  'secret-back': secretBack,
  'secret-look': secretLook,
  change,
  'change-back': changeBack,
  changed,
} as const satisfies Record<string, Verb>
