/** How something is asked, and what came of it: apart from the schemas, since the observer takes these lists along into its container. */

/** What an answer to a probe was. The position in this list is the code in `samples.answers`. */
export const answers = [
  'ok', // answered in time, body says healthy, by the right agent
  'timeout', // no complete answer within the time allowed
  'unreachable', // refused, reset, or no route
  'status', // an HTTP status other than 200
  'malformed', // not health JSON: a TCP-only agent ends here
  'stranger', // health JSON, but of another agent
  'unhealthy', // the right agent, and its body says it is not well
  'unsent', // never sent in time, or the observer itself was not able to hear the answer: unknown, not down
] as const
export type Answer = (typeof answers)[number]

/** How a service is asked: for a connection, for what its hub says of itself, for the greeting of a message server. */
export const serviceProbes = ['tcp', 'hub', 'nats'] as const
export type ServiceProbe = (typeof serviceProbes)[number]
