/** What the memory of a machine's processes says of their clock, and what one of them says of the time. */
import Type from 'typebox'
import { orNull } from '../base/schema.ts'
import { type Asked, counted, either } from './answer.ts'

const clocks = Type.Object({
  /** By the lease that is named. */
  isSet: Type.Boolean(),
  processes: Type.Integer({ minimum: 0 }),
  wrong: Type.Integer({ minimum: 0 }),
  right: Type.Integer({ minimum: 0 }),
  /** supervisord's own word for the time: it tells whole seconds. Null where the clock was never set. */
  supervisord: orNull(Type.Object({ offS: Type.Number(), wantedS: Type.Number(), fits: Type.Boolean() })),
})

export const clock: Asked<typeof clocks> = {
  witness: 'kernel',
  answer: clocks,
  says: {
    '/isSet': { of: (machine) => `the clock of ${machine}`, is: either('set by this lease', 'never set by this lease') },
    '/wrong': { is: counted('process', 'processes', ' reading a wrong time') },
    '/right': { is: counted('process', 'processes', ' reading the right time') },
    '/supervisord/fits': {
      of: (machine) => `supervisord of ${machine}`,
      is: either('telling the expected time', 'telling an unexpected time'),
    },
  },
}
