/** The boot scripts: run on all machines at once, and their own answers read back: what they found, started, and refused. */
import { GauntletError } from '../base/errors.ts'
import { bootLogPath, bootScript } from '../fleet/contract.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { BootEvent } from '../journal/event.ts'

/**
 * Runs the boot script of every machine, and waits for all of them; whatever they answer is for others to judge.
 * @returns the answers of each machine, in order: the dry run's, and the real one's unless it was not done within the time
 * @throws GauntletError environment/engine; the signal's reason
 */
export async function boot(
  fleet: Fleet,
  machines: readonly MachineId[],
  withinMs: number,
  signal: AbortSignal,
): Promise<readonly BootEvent[]> {
  await Promise.all(machines.map((machine) => runToItsEnd(fleet, machine, withinMs, signal)))
  return (await Promise.all(machines.map((machine) => answersOf(fleet, machine, signal)))).flat()
}

/** A script that fails has said so in its answers; one that never ends has not, and is not waited for. */
async function runToItsEnd(fleet: Fleet, machine: MachineId, withinMs: number, signal: AbortSignal): Promise<void> {
  try {
    await fleet.machine(machine).run([bootScript], { timeoutMs: withinMs, signal })
  } catch (error) {
    if (!(error instanceof GauntletError && error.code === 'harness/tool')) throw error
  }
}

async function answersOf(fleet: Fleet, machine: MachineId, signal: AbortSignal): Promise<readonly BootEvent[]> {
  const { exitCode, stdout } = await fleet.tool(machine).run(['tool', 'cat', bootLogPath], { signal })
  if (exitCode !== 0) return [] // it never wrote any
  return stdout.split('\n').flatMap((line) => {
    const answer = parsed(line)
    return answer?.kind === 'boot' ? [answer] : []
  })
}

/** The last line of a script that was cut off may be torn. */
function parsed(line: string): BootEvent | undefined {
  try {
    return JSON.parse(line) as BootEvent
  } catch {
    return undefined
  }
}
