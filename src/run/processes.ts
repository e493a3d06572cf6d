/** Journals which process each agent is, machine by machine, so that a restart which no probe noticed stands in the journal. */
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
      const own = all.filter((agent) => agent.machine === machine)
      const argv = ['tool', 'process', '--own', ...own.map(({ name }) => name)]
      const { exitCode, stdout } = own.length === 0 ? nothing : await hands.tool(machine).run(argv, { signal })
      return { machine, exitCode, stdout }
    }),
  )
  for (const { machine, exitCode, stdout } of read)
    if (exitCode === 0) write({ kind: 'processes', when, machine, records: recordsOf(machine, stdout) })
}

/** Of a machine without agents. */
const nothing = { exitCode: 0, stdout: '' }

function recordsOf(machine: MachineId, stdout: string): ProcessesEvent['records'] {
  return [...stdout.matchAll(/^(\S+) pid=(\d+) start=(\d+) /gm)].map(([, name, pid, start]) => ({
    agent: `${machine}/${name}`,
    pid: Number(pid),
    startTicks: Number(start),
  }))
}
