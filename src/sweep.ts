/**
 * Removes what killed runs left behind, on every engine they may have used: ends their faults where they stand, then removes their
 * containers, networks and volumes by label. Living runs and fleets kept by `up` are left alone. It may run at any time, and again.
 */
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isOwned } from './base/owner.ts'
import { keptLabel, roleLabel, runLabel } from './fleet/compose.ts'
import { type Engine, openEngine } from './fleet/engine.ts'
import { directoryLabel, hostLabel, type Leftovers, removeFleet } from './fleet/fleet.ts'
import { byLabel, type Holdings } from './fleet/holdings.ts'
import type { LeaseLine } from './tool/leases.ts'

export interface SweepOptions {
  /** What `local` means, as DOCKER_HOST has it. */
  readonly engine: string
  readonly reportsDirectory: string
  /** Only this one. */
  readonly run?: string
  /** Called with what is done, in words for a person. */
  readonly say: (line: string) => void
}

export interface SweepSummary {
  readonly removed: readonly { readonly run: string; readonly engine: string; readonly leases: readonly string[]; readonly items: number }[]
  readonly leftAlone: readonly { readonly run: string; readonly engine: string; readonly because: string }[]
  /** What could not be done; empty is the good answer. */
  readonly problems: readonly string[]
}

export async function sweep({ engine, reportsDirectory, run: only, say }: SweepOptions): Promise<SweepSummary> {
  const removed: SweepSummary['removed'][number][] = []
  const leftAlone: SweepSummary['leftAlone'][number][] = []
  const problems: string[] = []
  const complain = (problem: string) => {
    problems.push(problem)
    say(problem)
  }
  for (const address of new Set([engine, ...enginesOfRuns(reportsDirectory)])) {
    try {
      const place = openEngine(address)
      for (const [run, holdings] of byLabel(await place.holdings(only === undefined ? runLabel : `${runLabel}=${only}`), runLabel)) {
        const because = reasonToLeave(run, holdings, reportsDirectory)
        if (because !== undefined) {
          leftAlone.push({ run, engine: address, because })
          say(`${run}: left alone, ${because}`)
          continue
        }
        const leases = await releaseLeases(place, `${runLabel}=${run}`, complain)
        const left = await removeFleet([place], run)
        if (count(left) > 0) complain(`${run}: could not be removed within its time: ${Object.values(left).flat().join(', ')}`)
        const items = count(holdings) - count(left)
        removed.push({ run, engine: address, leases, items })
        say(`${run}: released ${leases.length} leases; removed ${items} containers, networks and volumes`)
      }
    } catch (error) {
      complain(`${address}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (removed.length === 0 && problems.length === 0) say('nothing to sweep')
  return { removed, leftAlone, problems }
}

/** @returns undefined when nobody has a claim to it any more */
export function reasonToLeave(run: string, holdings: Holdings, reportsDirectory: string): string | undefined {
  const labels = [...holdings.containers, ...holdings.networks, ...holdings.volumes].map((item) => item.labels)
  const kept = labels.some((label) => label[keptLabel] === 'true')
  if (kept) return 'it is kept until `./gauntlet down`'
  const stranger = labels.map((label) => label[hostLabel]).find((host) => host !== undefined && host !== hostname())
  if (stranger !== undefined) return `its harness runs on ${stranger}, and can only be seen from there`
  const directories = new Set([join(reportsDirectory, run), ...labels.flatMap((label) => label[directoryLabel] ?? [])])
  return [...directories].some(isOwned) ? 'its harness is alive' : undefined
}

/** A fault ends where it stands before its machine is removed: not all that a fault does need end with a container. */
export async function releaseLeases(engine: Engine, filter: string, complain: (problem: string) => void): Promise<readonly string[]> {
  const byHand = await releaseIn(await engine.holdings(filter), 'hand') // first: a machine that it killed has taken its tool container along
  return [...byHand, ...(await releaseIn(await engine.holdings(filter), 'tool'))]

  async function releaseIn(holdings: Holdings, role: ToolRole): Promise<readonly string[]> {
    return (await Promise.all(toolsOf(holdings, [role]).map(releaseAll))).flat()
  }

  async function releaseAll({ id, name }: Holdings['containers'][number]): Promise<readonly string[]> {
    const done: string[] = []
    try {
      for (const lease of await openLeasesOf(engine, id, 'released')) {
        const { exitCode, stderr } = await engine.exec(id, ['tool', 'release', lease, '--at-once']) // nobody would read how it stood
        done.push(lease)
        if (exitCode !== 0) complain(`${name}: lease ${lease} was released and is not proven gone: ${stderr.trim()}`)
      }
    } catch (error) {
      complain(`${name}: its leases could not be released: ${error instanceof Error ? error.message : String(error)}`)
    }
    return done
  }
}

/** Of these holdings, all leases whose undo has not been run, or that are not proven gone where that is asked for. */
export async function openLeases(engine: Engine, holdings: Holdings, until: 'undone' | 'released'): Promise<readonly string[]> {
  return (await Promise.all(toolsOf(holdings).map(({ id }) => openLeasesOf(engine, id, until)))).flat()
}

type ToolRole = 'hand' | 'tool'

function toolsOf({ containers }: Holdings, roles: readonly ToolRole[] = ['hand', 'tool']): Holdings['containers'] {
  return containers.filter(({ labels, state }) => roles.some((role) => labels[roleLabel] === role) && state === 'running')
}

async function openLeasesOf(engine: Engine, tool: string, until: 'undone' | 'released'): Promise<readonly string[]> {
  const { stdout } = await engine.exec(tool, ['tool', 'leases'])
  const leases = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LeaseLine]))
  return leases.flatMap(({ lease, state, undone }) => (state === 'released' || (undone && until === 'undone') ? [] : [lease]))
}

/** The topology stands near the head of a journal. */
const headBytes = 1_000_000

function enginesOfRuns(reportsDirectory: string): readonly string[] {
  const runs = existsSync(reportsDirectory) ? readdirSync(reportsDirectory) : []
  const journals = runs.map((run) => join(reportsDirectory, run, 'journal.ndjson')).filter((file) => existsSync(file))
  return journals.flatMap((file) => enginesIn(headOf(file))).filter((engine) => engine !== 'local')
}

export function enginesIn(journal: string): readonly string[] {
  const line = journal.split('\n').find((text) => text.includes('"kind":"topology"'))
  if (line === undefined) return []
  try {
    const { machines } = JSON.parse(line) as { machines: readonly { engine: string }[] }
    return machines.map(({ engine }) => engine)
  } catch {
    return [] // torn: the run ended before it had brought anything up
  }
}

function headOf(file: string): string {
  const descriptor = openSync(file, 'r')
  try {
    const head = Buffer.alloc(headBytes)
    return head.toString('utf8', 0, readSync(descriptor, head, 0, headBytes, 0))
  } finally {
    closeSync(descriptor)
  }
}

function count(things: Holdings | Leftovers): number {
  return things.containers.length + things.networks.length + things.volumes.length
}
