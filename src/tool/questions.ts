/** Who answers each question, and with what: an answer that is not of its schema does not compile. */
import type { Static } from 'typebox'
import type { Question, questions } from '../answers/index.ts'
import { changed } from './changed.ts'
import { clockState } from './clock.ts'
import { containerState } from './container.ts'
import { cutState } from './cut.ts'
import { flooded } from './flood.ts'
import { hogState } from './hog.ts'
import { idle } from './idle.ts'
import { linkState } from './link.ts'
import { file } from './mark.ts'
import { lookUp } from './name-server.ts'
import { processes } from './process.ts'
import { secretLook } from './secret-look.ts'
import { portState } from './squat.ts'
import type { Ask } from './verb.ts'
import { volume } from './volume.ts'

export const asks: { readonly [Q in Question]: Ask<Static<(typeof questions)[Q]['answer']>> } = {
  process: processes,
  idle,
  'container-state': containerState,
  'hog-state': hogState,
  'clock-state': clockState,
  'cut-state': cutState,
  'link-state': linkState,
  'port-state': portState,
  'look-up': lookUp,
  volume,
  flooded,
  file,
  'secret-look': secretLook,
  changed,
}
