/** What the kernel shows of rules, queues, ports and flows of a machine, and whom a new connection or a look-up reaches. */
import Type from 'typebox'
import { orNull } from '../base/schema.ts'
import { type Asked, counted, either, oneOf, type Phrase } from './answer.ts'

const count = Type.Integer({ minimum: 0 })

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

/** A count of connections, of which no more is asked than whether there are any. */
const reached = (some: string, none: string): Phrase => {
  return ({ op, value }) => (value === 0 && (op === 'is' || op === 'atMost') ? none : some)
}

export const cutState: Asked<typeof cuts> = {
  witness: 'kernel',
  answer: cuts,
  says: {
    '/wasCut': { is: either('cut off by this lease', 'never cut off by this lease') },
    '/rules/*/count': { of: (machine, chain) => `${chain} of ${machine}`, is: counted('rule', 'rules', ' of ours') },
    '/dropped': { of: (machine) => `our rules on ${machine}`, is: counted('dropped packet', 'dropped packets') },
    '/peers': { of: (machine) => `each peer of ${machine}` },
    '/peers/*/open': { is: reached('reached by some new connections', 'unreached by new connections') },
    '/peers/*/silent': { is: reached('unreached by some new connections', 'reached by every new connection') },
    '/flows': { of: (machine) => `each established flow of ${machine}` },
    '/flows/*/isStopped': { is: either('stopped', 'flowing') },
  },
}

const shown = Type.Enum(['shown', 'absent', 'unclear'])
const part = Type.Union([
  Type.Object({ means: Type.String(), before: Type.Number(), during: orNull(Type.Number()), unit: Type.String(), is: shown }),
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
const link = (machine?: string) => `the link of ${machine}`
const measured = oneOf({ shown: 'measured', absent: 'measured as before', unclear: 'unclear' })

export const linkState: Asked<typeof links> = {
  witness: 'kernel',
  answer: links,
  says: {
    '/wasDegraded': { of: link, is: either('degraded by this lease', 'never degraded by this lease') },
    '/rules': { is: counted('rule', 'rules', ' of ours') },
    '/qdisc': { is: either('with a queue of ours', 'without a queue of ours') },
    '/delay/is': { of: (machine) => `the delay on ${link(machine)}`, is: measured },
    '/loss/is': { of: (machine) => `the loss on ${link(machine)}`, is: measured },
    '/rate/is': { of: (machine) => `the limit of the rate on ${link(machine)}`, is: measured },
  },
}

const ports = Type.Object({
  /** Whether this lease ever took a port. */
  wasTaken: Type.Boolean(),
  /** Who listens on each, by the kernel’s tables: `ours`, the name that supervisord has for it, or `other` with its pid and program. */
  ports: Type.Record(Type.String(), Type.Object({ count, owners: Type.Array(Type.Object({ name: Type.String() })) })),
  /** What each agent has said since in its log of a port that it cannot open; null: nothing. */
  refused: Type.Record(Type.String(), orNull(Type.String())),
})

const port = (machine?: string, number?: string) => `port ${number} of ${machine}`

export const portState: Asked<typeof ports> = {
  witness: 'kernel',
  answer: ports,
  says: {
    '/wasTaken': { of: (machine) => `the ports of ${machine}`, is: either('taken by this lease', 'never taken by this lease') },
    '/ports/*/count': { of: port, is: counted('listener', 'listeners') },
    '/ports/*/owners': { of: port },
    '/ports/*/owners/*/name': {
      is: ({ op, value }) => `${op === 'is' ? '' : 'not '}held by ${value === 'ours' ? 'this lease' : value}`,
    },
    '/refused/*': {
      of: (machine, name) => `${machine}/${name}`,
      is: either('logging nothing of a port in use', 'logging that its port is in use', null),
    },
  },
}

const names = Type.Object({
  /** Of this lease, and how many packets they matched. */
  rules: count,
  packets: count,
  /** What a look-up of each answers: an address, or the code of what went wrong. */
  names: Type.Record(Type.String(), Type.Object({ address: orNull(Type.String()), problem: orNull(Type.String()) })),
})

const lookUpOf = (machine?: string, host?: string) => `the look-up of ${host} on ${machine}`

export const lookUp: Asked<typeof names> = {
  witness: 'name server',
  answer: names,
  says: {
    '/rules': { is: counted('rule', 'rules', ' of ours') },
    '/packets': { of: (machine) => `our rules on ${machine}`, is: counted('matched packet', 'matched packets') },
    '/names/*/address': { of: lookUpOf, is: ({ op, value }) => `${op === 'is' ? '' : 'not '}leading to ${value}` },
    '/names/*/problem': {
      of: lookUpOf,
      is: ({ op, value }) =>
        value === null ? (op === 'is' ? 'answered' : 'unanswered') : `${op === 'is' ? '' : 'not '}ending in ${value}`,
    },
  },
}
