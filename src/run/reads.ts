/**
 * What the fleet says of itself, before anything is done and after all is over. What is read is named by whoever asks, and by nothing else:
 * this module knows how each is read, and not what it is for.
 */
import type { Clock } from '../base/clock.ts'
import type { AlertTimes } from '../fleet/alert-times.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { deployedRules } from '../fleet/rule-set.ts'
import type { Topology } from '../fleet/topology.ts'
import type { NoticesEvent, Promises } from '../journal/event.ts'
import { isDue, type ReadName } from '../journal/reads.ts'
import { readAccounts, readSequences } from './accounts.ts'
import { census, keepersOf, readExposition } from './census.ts'
import { type Asking, readNotices, readNoticesAtLast } from './notices.ts'
import type { Write } from './planned-fault.ts'
import { readProcesses } from './processes.ts'
import type { Reads, Stage } from './run.ts'

interface Source {
  readonly fleet: Fleet
  readonly topology: Topology
  readonly limits: Promises
  readonly write: Write
  readonly clock: Clock
  /** Now, on the run's clock. */
  readonly nowMs: () => number
  /** Of the servers that watch the fleet. */
  readonly alertTimes: AlertTimes
}

interface Asked {
  readonly when: 'before' | 'after'
  /** Of this reading, what is asked for. */
  readonly names: ReadonlySet<ReadName>
  readonly alerts: NonNullable<Reads['alerts']>
  /** Since when all is over, by the clock. */
  readonly overMs: number
  readonly signal: AbortSignal
}

/** What is read together, since one of it is waited for with the others, or read by what another one said. */
interface Reading {
  readonly names: readonly ReadName[]
  take(asked: Asked): Promise<void>
}

/** @returns how what a scenario is judged by is read of this fleet, from its first scenario to its last */
export function readingsOf(source: Source): Pick<Stage, 'firstReads' | 'finalReads'> {
  // The processes at first and at last, so that one that was restarted before or after any other read is seen to have been.
  const all = [fleetRecords(source), exposition(source), deliveries(source), notices(source), processes(source)]
  const take = async (readings: readonly Reading[], { reads, alerts = [] }: Reads, asked: Pick<Asked, 'when' | 'overMs' | 'signal'>) => {
    for (const { names, take } of readings) {
      const due = new Set(names.filter((name) => isDue(reads, name, asked.when)))
      if (due.size > 0) await take({ ...asked, names: due, alerts })
    }
  }
  return {
    firstReads: (reads, signal) => take(all.toReversed(), reads, { when: 'before', overMs: source.clock.nowMs(), signal }),
    finalReads: (reads, overMs, signal) => take(all, reads, { when: 'after', overMs, signal }),
  }
}

function fleetRecords({ fleet, topology, limits, write, clock }: Source): Reading {
  return {
    names: ['registrations', 'freshness', 'pushes'],
    take: ({ names, overMs, signal }) =>
      census(fleet, topology, { write, clock }, { names, freshMs: limits.metricsFreshMs, sinceMs: overMs }, signal),
  }
}

function exposition({ fleet, write }: Source): Reading {
  return {
    names: ['exposition'],
    take: async ({ signal }) => void write({ kind: 'exposition', answers: await readExposition(fleet, signal) }),
  }
}

function deliveries({ fleet, topology, write, clock }: Source): Reading {
  const { central } = keepersOf(topology)
  return {
    names: ['accounts', 'sequences'],
    async take({ when, names, signal }) {
      const records = await readAccounts(fleet, topology, signal)
      if (names.has('accounts')) write({ kind: 'accounts', when, records })
      const sequences = names.has('sequences') && central ? await readSequences(fleet, central, records, clock, signal) : undefined
      if (sequences) write({ kind: 'sequences', ...sequences })
    },
  }
}

function notices({ fleet, topology, write, clock, nowMs, alertTimes }: Source): Reading {
  const [machine] = topology.machines.keys()
  const deployed = deployedRules(alertTimes)
  const asking: Asking | undefined = machine && { hands: fleet, machine, everyMs: alertTimes.scrapeMs, deployed, clock, nowMs }
  let before: NoticesEvent | undefined
  let heartbeats = 0
  return {
    names: ['notices'],
    async take({ when, alerts, signal }) {
      if (asking === undefined) return
      const isFirst = when === 'before'
      const read = await (isFirst
        ? readNotices(asking, when, signal, heartbeats)
        : readNoticesAtLast(asking, before, alerts, signal, heartbeats))
      if (isFirst) before = read
      if (read === undefined) return
      write(read)
      heartbeats = read.heartbeats
    },
  }
}

function processes({ fleet, topology, write }: Source): Reading {
  return { names: ['processes'], take: ({ when, signal }) => readProcesses(fleet, topology, when, write, signal) }
}
