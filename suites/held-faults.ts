/** Faults held on a small fleet by a suite: what was journaled, whether it was proven, and commands to look at the fleet by other means. */
import { holds } from '../src/base/predicate.ts'
import { type FaultKind, faults } from '../src/faults/index.ts'
import type { Targets } from '../src/fleet/select.ts'
import type { AgentId, MachineId } from '../src/fleet/topology.ts'
import type { EventBody } from '../src/journal/event.ts'
import { holdFault, type Lease } from '../src/run/hold.ts'
import { never, type SmallFleet } from './small-fleet.ts'

export interface Held extends AsyncDisposable {
  readonly lease: Lease
  readonly journal: EventBody[]
  readonly tookMs: number
}

export const machines = (...ids: readonly [MachineId, ...MachineId[]]): Targets => ({ machines: ids })
export const agents = (...ids: readonly [AgentId, ...AgentId[]]): Targets => ({ agents: ids })

/** @param lease unlike any other of this fleet */
export async function holdOn(
  small: SmallFleet,
  lease: string,
  kind: FaultKind,
  params: object,
  targets: Targets,
  ttlMs = 60_000,
): Promise<Held> {
  const plan = faults[kind].plan(small.topology, targets, params as never, lease)
  const journal: EventBody[] = []
  const fromMs = performance.now()
  const use = { lease, kind, plan, holdMs: 1_000, ttlMs }
  const held = await holdFault(small.fleet, use, { write: (body) => journal.push(body), signal: never })
  return { lease: held, journal, tookMs: performance.now() - fromMs, [Symbol.asyncDispose]: () => held.release() }
}

type Asked = 'effective' | 'lasting' | 'gone'

/** For each step whether its last raw answer is what the plan said it must be; one that is not stands in the place of `true`. */
export function proven(journal: readonly EventBody[], query: Asked): readonly (true | string)[] {
  const plan = journal.find((event) => event.kind === 'plan')
  return (plan?.expectations ?? []).map((expected, step) => {
    const proof = journal.findLast((event) => event.kind === 'proof' && event.query === query && event.step === step)
    if (proof?.kind !== 'proof') return 'never asked'
    return (proof.answer !== null && holds(expected[query], proof.answer) === true) || (proof.problem ?? JSON.stringify(proof.answer))
  })
}

export function statesOf(journal: readonly EventBody[]): readonly string[] {
  return journal.flatMap((event) => (event.kind === 'lease' ? [event.state] : []))
}

export function answersTo(journal: readonly EventBody[], query: Asked): string {
  return journal.flatMap((event) => (event.kind === 'proof' && event.query === query ? [JSON.stringify(event.answer)] : [])).join('\n')
}

/** From inside the namespaces of a machine or a message server. */
export function eyesOn(small: SmallFleet) {
  const on = async (machine: MachineId, ...argv: readonly string[]) => {
    const { stdout, stderr, exitCode } = await small.fleet.tool(machine).run(argv)
    return { said: (stdout + stderr).trim(), exitCode }
  }
  const fetched = async (from: MachineId, url: string) => (await on(from, 'tool', 'fetch', url)).said
  const sees = async (from: MachineId, url: string) => (await fetched(from, url)).includes('"status":"healthy"')
  /** As iptables-save has them, without counters and dates. */
  const ruled = async (machine: MachineId) => (await on(machine, 'iptables-save')).said.replaceAll(/^#.*$|\[\d+:\d+\]/gm, '')
  return { on, fetched, sees, ruled }
}
