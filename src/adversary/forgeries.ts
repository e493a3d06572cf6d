/**
 * Evidence that is not what it must be: each forgery is a thing that an unlucky or faulty run could write down, and after which no verdict
 * may be GO. One that finds nothing to forge in a journal gives it back as it is.
 */
import type { Event } from '../journal/event.ts'
import { holds } from '../journal/proof.ts'
import { watchedIn } from '../journal/watched.ts'
import { groundOf } from './ground.ts'
import { countOf, kept, recounted } from './samples.ts'
import { ofKind, type Tape } from './tape.ts'

interface Forgery {
  /** Printed after "the nth time it can be". */
  readonly sentence: string
  /** @param nth of the places where it can be done, counted round */
  forge(tape: Tape, nth: number): Tape
}

type Notices = Event<'notices'>

/** The nth, counted round; undefined of none. */
function pick<T>(list: readonly T[], nth: number): T | undefined {
  return list[nth % Math.max(1, list.length)]
}

/** Scenarios that ask for this criterion: what no scenario asks for is not judged, and may be anything. */
function asking(tape: Tape, criterion: string): readonly Event<'scenario'>[] {
  return ofKind(tape, 'scenario').filter(({ criteria }) => criteria.includes(criterion))
}

function changedNotices(tape: Tape, change: (event: Notices) => Notices): Tape {
  return tape.map((event) => (event.kind === 'notices' ? change(event) : event))
}

/** Alerts that a scenario expects and that came in it. */
function expectedOnes(tape: Tape) {
  return asking(tape, 'alerts').flatMap((scenario) => {
    const next = ofKind(tape, 'scenario').find(({ seq }) => seq > scenario.seq)?.seq ?? Number.POSITIVE_INFINITY
    const own = ofKind(tape, 'notices').filter(({ seq, when }) => seq > scenario.seq && seq < next && when === 'after')
    const applyingMs = ofKind(tape, 'lease').find(({ seq, state }) => seq > scenario.seq && seq < next && state === 'applying')?.atMs
    const came = own.at(-1)?.notices.filter(({ alert, firedMs }) => {
      return scenario.alerts?.some((each) => each.alert === alert) && firedMs >= (applyingMs ?? Number.POSITIVE_INFINITY)
    })
    return (came ?? []).map(({ alert, firedMs }) => ({ alert, firedMs, applyingMs: applyingMs as number }))
  })
}

/** Ages are told in whole milliseconds over a connection that takes some: the same message, read twice, is not quite of one time. */
const sameWithinMs = 5_000

function changedAlert(tape: Tape, nth: number, change: (notice: Notices['notices'][number], applyingMs: number) => object): Tape {
  const one = pick(expectedOnes(tape), nth)
  if (one === undefined) return tape
  const isIt = (notice: Notices['notices'][number]) => notice.alert === one.alert && Math.abs(notice.firedMs - one.firedMs) <= sameWithinMs
  return changedNotices(tape, (event) => ({
    ...event,
    notices: event.notices.map((notice) => (isIt(notice) ? { ...notice, ...change(notice, one.applyingMs) } : notice)),
  }))
}

export const forgeries = {
  'other-subject': {
    sentence: 'an alert that was expected is about another subject',
    forge: (tape, nth) => changedAlert(tape, nth, ({ subject }) => ({ subject: `another than ${subject ?? 'none'}` })),
  },
  'early-alert': {
    sentence: 'an alert that was expected fired three seconds before the fault',
    forge: (tape, nth) => changedAlert(tape, nth, (_, applyingMs) => ({ firedMs: applyingMs - 3_000 })),
  },
  'standing-alert': {
    sentence: 'an alert that no fault explains fires from before the first read to the last',
    forge: (tape) => {
      if (!asking(tape, 'alerts').some(({ alerts }) => alerts !== undefined)) return tape
      const one = { service: 'slack', channel: '#ops-alerts', alert: 'BusLag', level: 'warning', subject: 'the bus', times: 1 }
      const notice = { ...one, firedMs: 1_000, resolvedMs: null }
      return changedNotices(tape, (event) => ({ ...event, notices: [...event.notices, notice] }))
    },
  },
  'one-heartbeat': {
    sentence: 'one heartbeat came where six or more were due',
    forge: (tape, nth) => {
      const reads = ofKind(tape, 'notices')
      const pairs = reads.flatMap((after, place) => {
        const before = reads[place - 1]
        if (after.when !== 'after' || before?.when !== 'before' || asking(tape, 'alerts').length === 0) return []
        return after.atMs - before.atMs >= 6 * Math.max(5_000, after.heartbeatEveryMs) ? [{ before, after }] : []
      })
      const pair = pick(pairs, nth)
      if (pair === undefined) return tape
      const lost = pair.after.heartbeats - pair.before.heartbeats - 1
      if (lost <= 0) return tape
      return changedNotices(tape, (event) => {
        if (event.seq < pair.after.seq) return event
        const lists = Object.entries(event).flatMap(([key, value]) =>
          key.endsWith('Ms') && Array.isArray(value)
            ? [[key, (value as number[]).filter((ms) => ms <= pair.before.atMs || ms >= (pair.after.heartbeatMs ?? 0))] as const]
            : [],
        )
        return { ...event, ...Object.fromEntries(lists), heartbeats: event.heartbeats - lost }
      })
    },
  },
  'empty-snapshot': {
    sentence: 'a snapshot has nothing in it',
    forge: (tape, nth) => {
      const one = pick(ofKind(tape, 'snapshot'), nth)
      return tape.map((event) => (event === one ? { ...one, lines: [] } : event))
    },
  },
  'fewer-places': {
    sentence: 'a place was looked at neither before nor after',
    forge: (tape, nth) => {
      const machine = pick([...new Set(ofKind(tape, 'snapshot').map((event) => event.machine))], nth)
      return tape.filter((event) => event.kind !== 'snapshot' || event.machine !== machine)
    },
  },
  'started-at-once': {
    sentence: 'agents were started all at once, whatever they depend on',
    forge: (tape) => {
      if (!asking(tape, 'config').some(({ coldStart }) => coldStart)) return tape
      const agents = tape.find((event) => event.kind === 'topology')?.agents ?? []
      const depends = (machine: string) =>
        agents.some((agent) => agent.machine === machine && agent.dependsOn.some((id) => id.startsWith(`${machine}/`)))
      return tape.map((event) => {
        if (event.kind !== 'boot' || event.dryRun || !depends(event.machine)) return event
        const startedMs = Math.min(...event.started.map((each) => each.startedMs))
        const started = event.started.map(({ agent, healthyMs }) => ({ agent, startedMs, healthyMs }))
        return { ...event, started, layers: [event.layers.flat()] }
      })
    },
  },
  'restarted-bystander': {
    sentence: 'an agent that no fault was aimed at is another process afterwards',
    forge: (tape, nth) => {
      const hit = new Set(ofKind(tape, 'plan').flatMap(({ radius, targets }) => [...radius, ...targets]))
      const read = pick(
        ofKind(tape, 'accounts').filter(({ when }) => when === 'after'),
        nth,
      )
      const agent = pick(read?.records.filter((record) => !hit.has(record.agent)) ?? [], nth)?.agent
      if (read === undefined || agent === undefined) return tape
      return tape.map((event) => {
        if (event.seq < read.seq) return event
        if (event.kind === 'accounts') return { ...event, records: event.records.map((each) => otherProcess(each, agent)) }
        if (event.kind === 'sequences') return { ...event, records: event.records.map((each) => otherProcess(each, agent)) }
        return withOtherProcess(event, agent)
      })
    },
  },
  'forgotten-agent': {
    sentence: 'the topology leaves out an agent that the configs and the boot report know',
    forge: (tape, nth) => {
      const agents = tape.find((event) => event.kind === 'topology')?.agents ?? []
      const hit = new Set(ofKind(tape, 'plan').flatMap(({ radius }) => radius))
      const agent = pick(
        agents.filter(({ id, dependsOn }) => !hit.has(id) && dependsOn.length > 0),
        nth,
      )
      return agent === undefined ? tape : withoutAgent(tape, agent.id)
    },
  },
  'same-question': {
    sentence: 'the new release is asked what the old one is asked',
    forge: (tape) =>
      asking(tape, 'latency').length === 0
        ? tape
        : tape.map((event) => (event.kind === 'load' ? { ...event, asks: { ...event.asks, new: event.asks.old } } : event)),
  },
  'ended-early': {
    sentence: 'what was seen just before a release says that the fault is no longer there',
    forge: (tape, nth) => {
      const one = pick(looksOf(tape, 'at its release'), nth)
      return one === undefined ? tape : sayingGone(tape, one)
    },
  },
  'ended-meanwhile': {
    sentence: 'a look at a fault while it was held says that it is not there, and the next that it is there again',
    forge: (tape, nth) => {
      const one = pick(looksOf(tape, 'while it was held'), nth)
      return one === undefined ? tape : sayingGone(tape, one)
    },
  },
  'looked-away': {
    sentence: 'a fault was not looked at for more than two seconds while it was held',
    forge: (tape, nth) => {
      const looks = looksOf(tape, 'while it was held')
      const first = pick(looks, nth)
      const before = ofKind(tape, 'proof').findLast(({ lease, step, seq, answer }) => {
        return lease === first?.lease && step === first.step && seq < first.seq && answer !== null
      })
      if (first === undefined || before === undefined) return tape
      const gone = new Set<Event>(
        looks.filter(({ lease, step, atMs, seq }) => {
          return lease === first.lease && step === first.step && seq >= first.seq && atMs <= before.atMs + 3_200
        }),
      )
      const isLong = [...gone].some(({ atMs }) => atMs >= before.atMs + 2_200) // else the next one, or the release, may be near enough
      return isLong ? tape.filter((event) => !gone.has(event)) : tape
    },
  },
} as const satisfies Readonly<Record<string, Forgery>>

/** At faults that last until they are undone. */
function looksOf(tape: Tape, when: 'while it was held' | 'at its release'): readonly Event<'proof'>[] {
  return ofKind(tape, 'proof').filter(({ lease, query, seq }) => {
    const releasing = ofKind(tape, 'lease').find((event) => event.lease === lease && event.state === 'releasing')
    return query === 'lasting' && releasing !== undefined && seq > releasing.seq === (when === 'at its release')
  })
}

/** The look answers what was answered once the fault was gone, where that shows that it is not in effect. */
function sayingGone(tape: Tape, look: Event<'proof'>): Tape {
  const gone = ofKind(tape, 'proof').findLast(({ lease, step, query }) => lease === look.lease && step === look.step && query === 'gone')
  const expected = ofKind(tape, 'plan').find(({ lease }) => lease === look.lease)?.expectations[look.step]
  if (gone === undefined || expected === undefined) return tape
  const forged = { ...look, answer: gone.answer, problem: gone.problem }
  return holds(forged, expected) === false ? tape.map((event) => (event === look ? forged : event)) : tape
}

export type ForgeryName = keyof typeof forgeries

function otherProcess<T extends { readonly agent: string; readonly incarnation: number }>(record: T, agent: string): T {
  return record.agent === agent ? { ...record, incarnation: record.incarnation + 7_919 } : record
}

/** By the kernel's word, in journals that have it. */
function withOtherProcess(event: Event, agent: string): Event {
  const read = event as { readonly kind: string; readonly records?: readonly { readonly agent: string; readonly pid?: number }[] }
  if (read.kind !== 'processes' || read.records === undefined) return event
  const records = read.records.map((each) => (each.agent === agent && each.pid !== undefined ? { ...each, pid: each.pid + 7_919 } : each))
  return { ...event, records } as unknown as Event
}

const always = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }

function withoutAgent(tape: Tape, id: string): Tape {
  const topology = tape.find((event) => event.kind === 'topology')
  const gone = watchedIn(topology).indexOf(id)
  const lost = countOf(tape, always, new Set([gone]))
  const fewer = kept(tape, always, (target) => target !== gone).map((event): Event => {
    if (event.kind === 'topology') return { ...event, agents: event.agents.filter((agent) => agent.id !== id) }
    if (event.kind !== 'samples') return event
    return { ...event, targets: event.targets.map((target) => (target > gone ? target - 1 : target)) }
  })
  return recounted(fewer, groundOf(tape).scenarios[0]?.fromMs ?? 0, { sent: -lost, unsent: 0 })
}
