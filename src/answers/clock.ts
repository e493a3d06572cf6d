/** What the memory of a machine's processes says of their clock, and what one of them says of the time. */
import Type from 'typebox'
import { type Asked, counted, either } from './answer.ts'

const clocks = Type.Object({
  /** By the lease that is named. */
  isSet: Type.Boolean(),
  processes: Type.Integer({ minimum: 0 }),
  wrong: Type.Integer({ minimum: 0 }),
  right: Type.Integer({ minimum: 0 }),
  /** supervisord's own word for the time: it tells whole seconds. Null where the clock was never set. */
  supervisord: Type.Union([Type.Object({ offS: Type.Number(), wantedS: Type.Number(), fits: Type.Boolean() }), Type.Null()]),
})

export const clock: Asked<typeof clocks> = {
  witness: 'kernel',
  answer: clocks,
  says: {
    '/isSet': either(
      (machine) => `the clock of ${machine} set by this lease`,
      (machine) => `the clock of ${machine} never set by this lease`,
    ),
    '/wrong': counted((machine) => `processes of ${machine} reading a wrong time`),
    '/right': counted((machine) => `processes of ${machine} reading the kernel’s time`),
    '/supervisord/fits': either(
      (machine) => `supervisord of ${machine} telling the time that it should`,
      (machine) => `supervisord of ${machine} telling another time than it should`,
    ),
  },
}
