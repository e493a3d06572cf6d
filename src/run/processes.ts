/** Journals which process each agent is, machine by machine, so that a restart which no probe noticed stands in the journal. */
import type { Static } from 'typebox'
import type { process } from '../answers/processes.ts'
import type { MachineId, Topology } from '../fleet/topology.ts'
import type { ProcessesEvent } from '../journal/event.ts'
import type { Hands } from './hold.ts'
import type { Write } from './planned-fault.ts'

/** A machine that cannot be asked leaves no event: what was not read is unknown to the judge. */
export async function readProcesses(
  hands: Hands,
  { agents, machines }: Topology,
  when: ProcessesEvent['when'],
  write: Write,
  signal: AbortSignal,
): Promise<void> {
  const all = [...agents.values()]
  const read = await Promise.all(
    [...machines.keys()].map(async (machine) => {
      const names = all.flatMap((agent) => (agent.machine === machine ? [agent.name] : []))
      if (names.length === 0) return { machine, records: [] }
      const { exitCode, stdout } = await hands.tool(machine).run(['tool', 'process', '--own', ...names], { signal })
      return { machine, records: exitCode === 0 ? recordsOf(machine, stdout) : undefined }
    }),
  )
  for (const { machine, records } of read) if (records !== undefined) write({ kind: 'processes', when, machine, records })
}

function recordsOf(machine: MachineId, said: string): ProcessesEvent['records'] {
  const { processes } = JSON.parse(said) as Static<typeof process.answer>
  return Object.entries(processes).flatMap(([name, { now }]) =>
    now.map(({ pid, startTicks }) => ({ agent: `${machine}/${name}`, pid, startTicks })),
  )
}
