/** What the kernel shows of processes that supervisord runs, and what agents do behind an open port. */
import Type from 'typebox'
import { orNull } from '../base/schema.ts'
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

const agent = (machine?: string, name?: string) => `${machine}/${name}`

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
    '/processes/*/count': { of: agent, is: counted('process', 'processes') },
    '/processes/*/now': { of: agent },
    '/processes/*/now/*/state': {
      is: ({ op, value }) => `${op === 'is' ? '' : 'not '}${stateWords[String(value)] ?? 'in a state'} (state ${value})`,
    },
    '/processes/*/now/*/runs': { is: either('running', 'not running') },
    '/processes/*/signalled': { of: (machine, name) => `the signalled process of ${machine}/${name}` },
    '/processes/*/signalled/*/isGone': { is: either('gone', 'alive') },
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
      works: orNull(Type.Boolean()),
      rounds: Type.Array(Type.Number()),
    }),
  ),
})

export const idle: Asked<typeof idles> = {
  witness: 'kernel',
  answer: idles,
  says: {
    '/agents/*/isSame': { of: agent, is: either('the process that was signalled', 'another process than was signalled') },
    '/agents/*/accepts': { of: agent, is: either('accepting connections', 'refusing connections') },
    '/agents/*/works': { of: agent, is: either('counting work rounds', 'counting no work rounds') },
  },
}
