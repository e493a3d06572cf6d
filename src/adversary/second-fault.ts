/** A second fault of the kind that is there, done at the same time to someone else, who falls silent and comes back in the same way. */
import { answers, type Event } from '../journal/event.ts'
import { groundOf } from './ground.ts'
import { renamedIn } from './names.ts'
import { type Batch, ofKind, type Tape } from './tape.ts'

/** Leases of faults that can be done to another agent just so: one ordinary agent stands still, and nothing else is changed. */
export function doubled(tape: Tape): readonly { readonly lease: string; readonly from: string; readonly others: readonly string[] }[] {
  const agents = tape.find((event) => event.kind === 'topology')?.agents ?? []
  const plans = ofKind(tape, 'plan')
  const hit = new Set(plans.flatMap(({ radius }) => radius))
  const others = agents.filter(({ id, role }) => role === 'agent' && !hit.has(id)).map(({ id }) => id)
  return plans.flatMap(({ lease, fault, targets, radius }) => {
    const [from, ...more] = targets
    const isOne = fault === 'process-stop' && from !== undefined && more.length === 0 && radius.length === 1
    return isOne && agents.some(({ id, role }) => id === from && role === 'agent') ? [{ lease, from, others }] : []
  })
}

/** @param from whom the lease's fault hit, by id @param to whom the second one hits */
export function withSecondFault(tape: Tape, lease: string, from: string, to: string): Tape {
  const { ids } = groundOf(tape)
  const [fromMachine = '', fromName = ''] = from.split('/')
  const [toMachine = '', toName = ''] = to.split('/')
  const names = new Map([
    [fromName, toName],
    [fromMachine, toMachine],
    [lease, `${lease}.${toName}`],
  ])
  const mine = (event: Event) => 'lease' in event && event.lease === lease
  const already = ofKind(tape, 'plan').some(({ radius }) => radius.includes(to))
  if (!tape.some(mine) || !ids.includes(to) || already) return tape
  const withEvents = tape.flatMap((event) => (mine(event) ? [event, renamedIn(event, names) as Event] : [event]))
  return mirrored(withEvents, lease, ids.indexOf(from), ids.indexOf(to))
}

/** From its beginning to the end of the scenario each answers as the other did at its last instant before. */
function mirrored(tape: Tape, lease: string, from: number, to: number): Tape {
  const begun = tape.find((event) => event.kind === 'lease' && event.lease === lease && event.state === 'applying')
  if (begun === undefined) return tape
  const untilMs = tape.find(({ kind, seq }) => kind === 'scenario' && seq > begun.seq)?.atMs ?? Number.POSITIVE_INFINITY
  const failed = failures(tape, from, begun.atMs, untilMs)
  if (failed.length === 0) return tape
  const first = failed[0]?.dueMs as number
  const last = failed.at(-1)?.dueMs as number
  return tape.map((event): Event => {
    if (event.kind !== 'samples' || event.baseMs > last || event.atMs < first - 1_000 || !event.targets.includes(to)) return event
    const said = [...event.answers]
    const latency = [...event.latency]
    for (const [place, target] of event.targets.entries()) {
      const dueMs = event.baseMs + (event.scheduled[place] as number)
      const model = target === to ? failed.find((each) => Math.abs(each.dueMs - dueMs) <= each.nearMs) : undefined
      if (model === undefined) continue
      said[place] = model.answer
      latency[place] = model.latency
    }
    return { ...event, answers: said, latency }
  })
}

function failures(tape: Tape, target: number, fromMs: number, toMs: number) {
  const nearMs = groundOf(tape).intervalMs / 2
  const ok = answers.indexOf('ok')
  return ofKind(tape, 'samples')
    .flatMap((batch: Batch) =>
      batch.targets.flatMap((who, place) => {
        const dueMs = batch.baseMs + (batch.scheduled[place] as number)
        const answer = batch.answers[place] as number
        if (who !== target || answer === ok || dueMs < fromMs || dueMs >= toMs) return []
        return [{ dueMs, answer, latency: batch.latency[place] as number, nearMs }]
      }),
    )
    .sort((a, b) => a.dueMs - b.dueMs)
}
