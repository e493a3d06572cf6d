/** How each kind of target is asked, and what its answer is worth. */
import type { Answer } from '../journal/event.ts'
import { accepted, caller, greetingOf } from './caller.ts'
import { type Cancel, requester } from './exchange.ts'
import { answerOf, healthPaths, maxHealthBytes } from './health.ts'
import type { Target } from './protocol.ts'

export interface Asker {
  /** `done` is called at most once, possibly before this returns, and never after the cancel. */
  ask(done: (answer: Answer) => void): Cancel
  close(): void
}

/** @param address to connect to at this moment, or undefined while the name is unknown */
export function askerOf(target: Omit<Target, 'id'>, address: () => string | undefined): Asker {
  const { probe, name, host, port } = target
  if (probe === 'tcp') return caller(address, port, accepted)
  if (probe === 'nats') return caller(address, port, greetingOf(name))
  const http = requester({ address, host, port, path: healthPaths[probe], maxBodyBytes: maxHealthBytes })
  return { ask: (done) => http.get((exchanged) => done(answerOf(exchanged, probe, target))), close: http.close }
}
