/** The boot scripts' own answers, read from their machines: what they found, what they started, and whether they are done. */
import { bootLogPath } from '../fleet/contract.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { BootEvent } from '../journal/event.ts'

/** @returns a machine's answers so far, in order: the dry run's, and the real one's once it is done */
export async function bootAnswers(fleet: Fleet, machine: MachineId, signal: AbortSignal): Promise<readonly BootEvent[]> {
  const { exitCode, stdout } = await fleet.tool(machine).run(['tool', 'cat', bootLogPath], { signal })
  if (exitCode !== 0) return [] // not written yet
  return stdout.split('\n').flatMap((line) => {
    const answer = parsed(line)
    return answer === undefined || answer.kind !== 'boot' ? [] : [answer]
  })
}

/** @returns the real run's answer, once there is one */
export function lastAnswer(answers: readonly BootEvent[]): BootEvent | undefined {
  return answers.find(({ dryRun }) => !dryRun)
}

/** A line that is being written may be torn; it is whole the next time. */
function parsed(line: string): BootEvent | undefined {
  try {
    return JSON.parse(line) as BootEvent
  } catch {
    return undefined
  }
}
