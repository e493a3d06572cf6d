/** What the engine shows of whole containers, and of what takes processor time or memory from one. */
import Type from 'typebox'
import { type Asked, either } from './answer.ts'

const orNull = { number: Type.Union([Type.Number(), Type.Null()]), flag: Type.Union([Type.Boolean(), Type.Null()]) }

const containers = Type.Object({
  containers: Type.Record(
    Type.String(),
    Type.Object({
      /** As the engine calls it: running, paused, exited … */
      state: Type.String(),
      /** To a question from outside; null where it is not asked. */
      answers: orNull.flag,
    }),
  ),
})

export const container: Asked<typeof containers> = {
  witness: 'engine',
  answer: containers,
  says: {
    '/containers/*/state': ({ op, value }, _machine, service) => `container ${service} ${op === 'is' ? '' : 'not '}${value}`,
    '/containers/*/answers': either(
      (_machine, service) => `${service} answering from outside`,
      (_machine, service) => `${service} silent from outside`,
    ),
  },
}

const hogs = Type.Object({
  /** none, running, killed (by the kernel, for its memory), or as the engine calls it. */
  state: Type.String(),
  /** Whether what it should take is seen in its cgroup and in its machine's; null where it does not run. */
  isFelt: orNull.flag,
  took: orNull.number,
  wanted: orNull.number,
  ofMachine: orNull.number,
  unit: Type.Union([Type.Enum(['cores', 'MB']), Type.Null()]),
})

export const hog: Asked<typeof hogs> = {
  witness: 'engine',
  answer: hogs,
  says: {
    '/state': ({ op, value }, machine) => {
      if (value === 'none')
        return op === 'is' ? `nothing of ours in the cgroup of ${machine}` : `something of ours in the cgroup of ${machine}`
      return `the hog in ${machine} ${op === 'is' ? '' : 'not '}${value === 'killed' ? 'killed for its memory' : value}`
    },
    '/isFelt': either(
      (machine) => `the hog in ${machine} taking what it should, within the cgroup of ${machine}`,
      (machine) => `the hog in ${machine} idle`,
    ),
  },
}
