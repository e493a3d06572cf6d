/** What the kernel shows of rules, queues, ports and flows of a machine, and whom a new connection or a look-up reaches. */
import Type from 'typebox'
import { type Asked, counted, either } from './answer.ts'

const count = Type.Integer({ minimum: 0 })
const orNull = { text: Type.Union([Type.String(), Type.Null()]), number: Type.Union([Type.Number(), Type.Null()]) }

const cuts = Type.Object({
  /** Whether this lease ever cut anything. */
  wasCut: Type.Boolean(),
  /** Of this lease, as the kernel lists them. */
  rules: Type.Record(Type.Enum(['INPUT', 'OUTPUT']), Type.Object({ count, packets: count })),
  /** Packets that these rules matched. */
  dropped: count,
  /** How often a new connection reached each of them, and how often not. */
  peers: Type.Array(Type.Object({ host: Type.String(), open: count, silent: count })),
  /** Connections from before the cut: what was written to each since, and what of it nobody has acknowledged. */
  flows: Type.Array(Type.Object({ peer: Type.String(), writtenBytes: count, openBytes: count, isStopped: Type.Boolean() })),
})

export const cutState: Asked<typeof cuts> = {
  witness: 'kernel',
  answer: cuts,
  says: {
    '/wasCut': either(
      (machine) => `something cut off ${machine} by this lease`,
      (machine) => `nothing ever cut off ${machine} by this lease`,
    ),
    '/rules/*/count': counted((machine, chain) => `rules of ours in ${chain} of ${machine}`),
    '/dropped': counted((machine) => `packets dropped by them on ${machine}`),
    '/peers': (_, machine) => `new connections from ${machine} to its peers`,
    '/peers/*/open': ({ op, value }) => ((op === 'is') === (value === 0) ? 'never open' : 'open'),
    '/peers/*/silent': ({ op, value }) => ((op === 'is') === (value === 0) ? 'never silent' : 'silent'),
    '/flows': (_, machine) => `established flows of ${machine}`,
    '/flows/*/isStopped': either(
      () => 'stopped',
      () => 'flowing',
    ),
  },
}

const shown = Type.Enum(['shown', 'absent', 'unclear'])
const part = Type.Union([
  Type.Object({ means: Type.String(), before: Type.Number(), during: orNull.number, unit: Type.String(), is: shown }),
  Type.Null(),
])
const links = Type.Object({
  /** Whether this lease ever degraded anything. */
  wasDegraded: Type.Boolean(),
  /** What of ours stands in the kernel. */
  rules: count,
  qdisc: Type.Boolean(),
  /** Of what was asked for: by which means, and what is measured of it. */
  delay: part,
  loss: part,
  rate: part,
  /** `delay by proxy`, for whoever reads the verdict. */
  means: Type.Array(Type.String()),
})
const measured =
  (what: string) =>
  ({ op, value }: { readonly op: string; readonly value: unknown }, machine: string) =>
    `the ${what} of ${machine} ${op === 'is' ? '' : 'not '}${value}`

export const linkState: Asked<typeof links> = {
  witness: 'kernel',
  answer: links,
  says: {
    '/wasDegraded': either(
      (machine) => `a link of ${machine} degraded by this lease`,
      (machine) => `no link of ${machine} ever degraded by this lease`,
    ),
    '/rules': counted((machine) => `rules of ours on ${machine}`),
    '/qdisc': either(
      (machine) => `our queue on ${machine}`,
      (machine) => `no queue of ours on ${machine}`,
    ),
    '/delay': (_, machine) => `delay of ${machine}`,
    '/delay/is': measured('delay'),
    '/loss/is': measured('loss'),
    '/rate/is': measured('limit of the rate'),
  },
}

const ports = Type.Object({
  /** Whether this lease ever took a port. */
  wasTaken: Type.Boolean(),
  /** Who listens on each, by the kernel’s tables: `ours`, the name that supervisord has for it, or `other` with its pid and program. */
  ports: Type.Record(Type.String(), Type.Object({ count, owners: Type.Array(Type.Object({ name: Type.String() })) })),
  /** What each agent has said since in its log of a port that it cannot open; null: nothing. */
  refused: Type.Record(Type.String(), orNull.text),
})

export const portState: Asked<typeof ports> = {
  witness: 'kernel',
  answer: ports,
  says: {
    '/wasTaken': either(
      (machine) => `a port of ${machine} taken by this lease`,
      (machine) => `no port of ${machine} ever taken by this lease`,
    ),
    '/ports/*/count': counted((machine, port) => `listeners on port ${port} of ${machine}`),
    '/ports/*/owners': (_, machine, port) => `port ${port} of ${machine}`,
    '/ports/*/owners/*/name': ({ op, value }) => `${op === 'is' ? '' : 'not '}${value === 'ours' ? 'held by us' : `held by ${value}`}`,
    '/refused/*': either(
      (machine, name) => `nothing in the log of ${machine}/${name} of a port that cannot be opened`,
      (machine, name) => `${machine}/${name} saying in its log that its port cannot be opened`,
      null,
    ),
  },
}

const names = Type.Object({
  /** Of this lease, and how many packets they matched. */
  rules: count,
  packets: count,
  /** What a look-up of each answers: an address, or the code of what went wrong. */
  names: Type.Record(Type.String(), Type.Object({ address: orNull.text, problem: orNull.text })),
})

export const lookUp: Asked<typeof names> = {
  witness: 'name server',
  answer: names,
  says: {
    '/rules': counted((machine) => `rules of ours on ${machine}`),
    '/packets': counted((machine) => `packets matched by them on ${machine}`),
    '/names/*/address': ({ op, value }, machine, host) => `${host} ${op === 'is' ? '' : 'not '}at ${value}, asked from ${machine}`,
    '/names/*/problem': ({ op, value }, machine, host) =>
      value === null
        ? `${host} ${op === 'is' ? 'found' : 'not found'}, asked from ${machine}`
        : `${host} ${op === 'is' ? '' : 'not '}answered with ${value}, asked from ${machine}`,
  },
}
