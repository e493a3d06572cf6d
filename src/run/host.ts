/** What stands on this host of a run: its containers and how they are, its networks and volumes, processes of ours, files in tmp. */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { descendantsOf, ofProcess } from '../base/process-tree.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { hostPlace } from '../journal/places.ts'
import type { SnapshotEvent } from '../journal/residue-event.ts'
import type { Write } from './planned-fault.ts'

/** A container that is paused or has ended is another line than one that runs. */
export async function takeHostSnapshot(
  fleet: Pick<Fleet, 'run' | 'containers' | 'leftovers'>,
  when: SnapshotEvent['when'],
  write: Write,
): Promise<void> {
  const [containers, { networks, volumes }] = await Promise.all([fleet.containers(), fleet.leftovers()])
  const { processes, files } = ownLeftovers(fleet.run)
  const lines = [
    ...containers.map(({ name, state }) => `container ${name} ${state}`),
    ...networks.map((name) => `network ${name}`),
    ...volumes.map((name) => `volume ${name}`),
    ...processes.map((command) => `process ${command}`),
    ...files.map((file) => `file ${file}`),
  ]
  write({ kind: 'snapshot', when, machine: hostPlace, lines: lines.sort() })
}

/** Processes that this one has started and that still run, and files in tmp that carry the run's name. */
export function ownLeftovers(run: string): { readonly processes: readonly string[]; readonly files: readonly string[] } {
  const folder = tmpdir()
  return {
    processes: commandsBelow(process.pid),
    files: readdirSync(folder)
      .filter((name) => name.includes(run))
      .map((name) => `${folder}/${name}`)
      .sort(),
  }
}

/** What the set-up started before the run (a bundler stays for as long as its caller) is not the run's. */
export function leftoversSince(run: string): { since(): ReturnType<typeof ownLeftovers> } {
  const before = ownLeftovers(run)
  return {
    since() {
      const { processes, files } = ownLeftovers(run)
      return {
        processes: processes.filter((one) => !before.processes.includes(one)),
        files: files.filter((one) => !before.files.includes(one)),
      }
    },
  }
}

function commandsBelow(root: number): readonly string[] {
  return descendantsOf(root)
    .map((pid) => ofProcess(pid, 'cmdline').replaceAll('\0', ' ').trim())
    .filter((command) => command !== '')
    .sort()
}
