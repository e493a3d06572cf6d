/** What the engine shows of whole containers, and of what takes processor time or memory from one. */
import Type from 'typebox'
import { orNull } from '../base/schema.ts'
import { type Asked, either, oneOf } from './answer.ts'

const containers = Type.Object({
  containers: Type.Record(
    Type.String(),
    Type.Object({
      /** As the engine calls it: running, paused, exited … */
      state: Type.String(),
      /** To a question from outside; null where it is not asked. */
      answers: orNull(Type.Boolean()),
    }),
  ),
})

const service = (_machine?: string, name?: string) => `${name}`

export const container: Asked<typeof containers> = {
  witness: 'engine',
  answer: containers,
  says: {
    '/containers/*/state': { of: service, is: oneOf({}) },
    '/containers/*/answers': { of: service, is: either('answering from outside', 'silent from outside') },
  },
}

const hogs = Type.Object({
  /** none, running, killed (by the kernel, for its memory), or as the engine calls it. */
  state: Type.String(),
  /** Whether what it should take is seen in its cgroup and in its machine's; null where it does not run. */
  isFelt: orNull(Type.Boolean()),
  took: orNull(Type.Number()),
  wanted: orNull(Type.Number()),
  ofMachine: orNull(Type.Number()),
  unit: orNull(Type.Enum(['cores', 'MB'])),
})

export const hog: Asked<typeof hogs> = {
  witness: 'engine',
  answer: hogs,
  says: {
    '/state': {
      of: (machine) => `the hog in ${machine}`,
      is: oneOf({ none: 'absent', killed: 'killed by the kernel for its memory' }, { none: 'present' }),
    },
    '/isFelt': {
      of: (machine) => `the hog in ${machine}`,
      is: either('taking what it should within the cgroup of its machine', 'taking less than it should'),
    },
  },
}
