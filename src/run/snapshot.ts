/** Journals what stands in the namespaces of machines and of message servers, so that before and after can be compared by someone who was not there. */
import { GauntletError } from '../base/errors.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { SnapshotEvent } from '../journal/residue-event.ts'
import type { Hands } from './hold.ts'
import type { Write } from './planned-fault.ts'

/** @throws GauntletError harness/tool when one could not be taken whole: half a snapshot would look like a clean one */
export async function takeSnapshots(
  hands: Hands,
  places: readonly MachineId[],
  when: SnapshotEvent['when'],
  write: Write,
  signal: AbortSignal,
): Promise<void> {
  const taken = await Promise.all(
    places.map(async (machine) => ({ machine, ...(await hands.tool(machine).run(['tool', 'snapshot'], { signal })) })),
  )
  for (const { machine, exitCode, stdout, stderr } of taken) {
    if (exitCode !== 0) throw new GauntletError('harness/tool', `\`tool snapshot\` on ${machine} ended with ${exitCode}: ${stderr.trim()}`)
    write({ kind: 'snapshot', when, machine, lines: stdout.split('\n').filter((line) => line !== '') })
  }
}
