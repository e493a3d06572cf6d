/** What stands in a fleet of a suite that a fault could leave behind, as the harness's own snapshots have it. */
import { placesOf } from '../src/fleet/lan.ts'
import type { EventBody } from '../src/journal/event.ts'
import { takeHostSnapshot } from '../src/run/host.ts'
import { takeSnapshots } from '../src/run/snapshot.ts'
import { never, type SmallFleet } from './small-fleet.ts'

/** All lines of its places and of this host, each with its place. */
export async function standing({ fleet, topology }: SmallFleet): Promise<readonly string[]> {
  const lines: string[] = []
  const write = (event: EventBody) => event.kind === 'snapshot' && lines.push(...event.lines.map((line) => `${event.machine}: ${line}`))
  await takeSnapshots(fleet, placesOf(topology), 'after', write, never)
  await takeHostSnapshot(fleet, 'after', write)
  return lines.sort()
}

/** The same without this host, where others come and go. */
export async function residueOf({ fleet, topology }: SmallFleet): Promise<readonly (readonly string[])[]> {
  const taken: (readonly string[])[] = []
  await takeSnapshots(fleet, placesOf(topology), 'after', (event) => event.kind === 'snapshot' && taken.push(event.lines), never)
  return taken
}
