/**
 * Both sides of what was reported: the agents' own accounts, and what the central hub has stored. Whether the two agree is for the
 * judge to say; the run only gives what is on its way the time to arrive.
 */
import type { Clock } from '../base/clock.ts'
import { poll } from '../base/poll.ts'
import type { Agent, Topology } from '../fleet/topology.ts'
import type { AccountsEvent, SequencesEvent } from '../journal/event.ts'
import type { Hands } from './hold.ts'
import { askInside, jsonOf } from './inside.ts'

type Accounts = AccountsEvent['records']
type Sequences = SequencesEvent['records']

/** Who does not answer is not in it. @throws GauntletError harness/tool */
export async function readAccounts(hands: Hands, { agents, machines }: Topology, signal: AbortSignal): Promise<Accounts> {
  const read = [...machines.keys()].map(async (machine) => {
    const own = [...agents.values()].filter((agent) => agent.machine === machine)
    const answers = await askInside(hands, machine, own.map(urlOf), signal)
    return own.flatMap((agent) => accountOf(agent, jsonOf(answers.get(urlOf(agent))?.body)))
  })
  return (await Promise.all(read)).flat()
}

const urlOf = ({ port }: Agent) => `http://127.0.0.1:${port}/reports`

function accountOf({ id }: Agent, answer: unknown): Accounts {
  const { incarnation, sequence, lost, lostSequences } = (answer ?? {}) as Partial<Accounts[number]>
  const isWhole = [incarnation, sequence, lost].every(Number.isInteger) && Array.isArray(lostSequences)
  return isWhole ? [{ agent: id, incarnation, sequence, lost, lostSequences } as Accounts[number]] : []
}

/** A replay starts when two servers have found each other again, and takes as long as the outage left to replay. */
const replayMs = 60_000

/**
 * @param central the hub that keeps what all were told is stored
 * @param accounts read just before
 * @returns undefined when it gave no list
 */
export async function readSequences(
  hands: Hands,
  central: Agent,
  accounts: Accounts,
  clock: Clock,
  signal: AbortSignal,
): Promise<Omit<SequencesEvent, 'kind'> | undefined> {
  const url = `http://127.0.0.1:${central.port}/sequences`
  const read = async (waitedMs: number) => {
    const list = jsonOf((await askInside(hands, central.machine, [url], signal)).get(url)?.body)
    return Array.isArray(list) ? { hub: central.id, waitedMs, records: (list as Sequences).map(recordOf) } : undefined
  }
  const isComplete = (answer: Awaited<ReturnType<typeof read>>) => answer !== undefined && arrived(accounts, answer.records)
  return poll(read, isComplete, { withinMs: replayMs, everyMs: 1_000, clock, signal })
}

/** A hub that does not tell doubles has told of none. */
function recordOf({ agent, incarnation, stored, doubled = [] }: Sequences[number]): Sequences[number] {
  return { agent, incarnation, stored, doubled }
}

function arrived(accounts: Accounts, records: Sequences): boolean {
  const stored = new Map(records.map((record) => [`${record.agent} ${record.incarnation}`, record.stored]))
  return accounts.every(({ agent, incarnation, sequence, lostSequences }) => {
    const ranges = stored.get(`${agent} ${incarnation}`) ?? []
    const lost = new Set(lostSequences)
    const isThere = (number: number) => lost.has(number) || ranges.some(([from, to]) => from <= number && number <= to)
    return Array.from({ length: sequence }, (_, place) => place + 1).every(isThere)
  })
}
