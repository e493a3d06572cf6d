/** What the kernel shows of processes that supervisord runs, and what agents do behind an open port. */
import Type from 'typebox'
import { type Asked, counted, either } from './answer.ts'

const incarnation = {
  pid: Type.Integer({ minimum: 0 }),
  /** Clock ticks since the machine started: pids are reused, and so a process is both. */
  startTicks: Type.Integer({ minimum: 0 }),
}
const stateWords: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting for a disk',
  T: 'stopped',
  t: 'traced',
  Z: 'a zombie',
  I: 'idle',
}

const processes = Type.Object({
  processes: Type.Record(
    Type.String(),
    Type.Object({
      /** Of those that are there now; where a lease is named, only those that it has not signalled. */
      count: Type.Integer({ minimum: 0 }),
      /** `runs` is false of what is stopped, traced or dead. */
      now: Type.Array(Type.Object({ ...incarnation, state: Type.String(), runs: Type.Boolean() })),
      /** By the lease that is named. */
      signalled: Type.Array(Type.Object({ ...incarnation, isGone: Type.Boolean() })),
    }),
  ),
})

export const process: Asked<typeof processes> = {
  witness: 'kernel',
  answer: processes,
  says: {
    '/processes/*/count': counted((machine, name) => `processes of ${machine}/${name}`),
    '/processes/*/now': (_, machine, name) => `${machine}/${name}`,
    '/processes/*/now/*/state': ({ op, value }) =>
      `${op === 'is' ? '' : 'not '}${stateWords[String(value)] ?? 'in a state'} (state ${value})`,
    '/processes/*/now/*/runs': either(
      () => 'running',
      () => 'not running',
    ),
    '/processes/*/signalled': (_, machine, name) => `the ${machine}/${name} that was signalled`,
    '/processes/*/signalled/*/isGone': either(
      () => 'gone',
      () => 'alive',
    ),
  },
}

const idles = Type.Object({
  agents: Type.Record(
    Type.String(),
    Type.Object({
      /** It is the process that the lease signalled. */
      isSame: Type.Boolean(),
      accepts: Type.Boolean(),
      /** Whether its own count of rounds goes up; null where it could not be read twice. */
      works: Type.Union([Type.Boolean(), Type.Null()]),
      rounds: Type.Array(Type.Number()),
    }),
  ),
})

export const idle: Asked<typeof idles> = {
  witness: 'kernel',
  answer: idles,
  says: {
    '/agents/*/isSame': either(
      (machine, name) => `${machine}/${name} the same process`,
      (machine, name) => `${machine}/${name} another process`,
    ),
    '/agents/*/accepts': either(
      (machine, name) => `${machine}/${name} accepting connections`,
      (machine, name) => `${machine}/${name} refusing connections`,
    ),
    '/agents/*/works': either(
      (machine, name) => `the work rounds of ${machine}/${name} going up`,
      (machine, name) => `the work rounds of ${machine}/${name} standing still`,
    ),
  },
}
