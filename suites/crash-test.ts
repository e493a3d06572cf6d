/**
 * kill -9 of the harness at random moments, again and again, on one fleet with every kind of fault by turns: whatever it was doing, the
 * fault ends, by the guard beside it or by what `sweep` does, and nothing is left.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { poll } from '../src/base/poll.ts'
import { start } from '../src/base/program.ts'
import { type FaultKind, faults } from '../src/faults/index.ts'
import { runLabel } from '../src/fleet/compose.ts'
import { openEngine } from '../src/fleet/engine.ts'
import { placesOf } from '../src/fleet/lan.ts'
import type { EventBody } from '../src/journal/event.ts'
import { randomFrom } from '../src/statistics/random.ts'
import { openLeases, releaseLeases, sweep } from '../src/sweep.ts'
import { judgeRun } from '../src/verdict/judge-run.ts'
import type { CrashOrder } from './crash-driver.main.ts'
import { type SmallFleet, smallFleet, until, well } from './small-fleet.ts'
import { standing } from './standing.ts'

export interface Crash {
  readonly kind: FaultKind
  /** Whether its moment is counted from the start of the harness or from the fault's being applied. */
  readonly from: 'start' | 'applied'
  readonly afterMs: number
  /** What its journal last said it was doing. */
  readonly doing: string
  readonly endedBy: 'guard' | 'sweep'
  /** Lines that were there before and are not now, or the other way round; what else went wrong. */
  readonly left: readonly string[]
}

export interface CrashReport {
  readonly seed: number
  readonly crashes: readonly Crash[]
  /** Of the fleet itself, once the real `sweep` had been there. */
  readonly leftovers: readonly string[]
  readonly tookMs: number
}

const holdMs = 500
const ttlMs = 3_000
const patienceMs = 30_000
const longestDriveMs = 300_000
const kinds = Object.keys(faults) as FaultKind[]

/** @param say told of each crash, in words */
export async function crashTest(n: number, seed: number, say: (line: string) => void): Promise<CrashReport> {
  const beganMs = performance.now()
  const small = await smallFleet(`crash-${process.pid}`, true, 'small', undefined, true)
  const crashes: Crash[] = []
  let leftovers: readonly string[] = []
  try {
    const before = await standing(small)
    const random = randomFrom(seed)
    const turn = random.uniform() < 0.5 ? 0 : 1
    const first = Math.floor(random.uniform() * kinds.length) // a few kills should not always be of the same few kinds
    let wholeMs = await undisturbed(small)
    for (let place = 0; place < n; place += 1) {
      const kind = kinds[(first + place) % kinds.length] as FaultKind
      const endedBy = random.uniform() < 0.5 ? 'guard' : 'sweep'
      // Of a whole drive the fault is held for a third at most: every other kill is aimed at it, or most kinds would be spared.
      const from = place % 2 === turn ? 'applied' : 'start'
      const afterMs = random.uniform() * (from === 'applied' ? holdMs : wholeMs)
      const crash = await crashOnce(small, before, { kind, lease: `crash-${seed}-${place}`, from, afterMs, endedBy })
      crashes.push(crash)
      if (crash.doing === 'end' && from === 'start') wholeMs = Math.min(wholeMs, crash.afterMs) // the first drive is the slowest: later kills would come too late
      say(
        `${place + 1}/${n} ${kind} killed ${crash.afterMs.toFixed(0)} ms after ${from === 'applied' ? 'it was applied' : 'the start'}, ${crash.doing}; ended by ${endedBy}; left: ${crash.left.join('; ') || 'nothing'}`,
      )
    }
    rmSync(join(small.reports, 'harness.pid')) // from here on it is nobody's
    const summary = await sweep({ engine: small.ready.engine, reportsDirectory: small.reports, run: small.run, say: () => {} })
    leftovers = [...Object.values(await small.fleet.leftovers()).flat(), ...summary.problems]
  } finally {
    await small[Symbol.asyncDispose]()
  }
  return { seed, crashes, leftovers, tookMs: performance.now() - beganMs }
}

export function summaryOf({ seed, crashes, leftovers, tookMs }: CrashReport): string {
  const count = (of: (crash: Crash) => string) => {
    const counts = new Map<string, number>()
    for (const crash of crashes) counts.set(of(crash), (counts.get(of(crash)) ?? 0) + 1)
    return [...counts]
      .sort()
      .map(([name, times]) => `${name} ${times}`)
      .join(', ')
  }
  const dirty = crashes.filter(({ left }) => left.length > 0)
  return [
    `${crashes.length} kills, seed ${seed}, ${(tookMs / 1000).toFixed(0)} s`,
    `  faults      ${count(({ kind }) => kind)}`,
    `  killed in   ${count(({ doing }) => doing)}`,
    `  ended by    ${count(({ endedBy }) => endedBy)}`,
    `  residue     ${dirty.length} of ${crashes.length}; after the last sweep: ${leftovers.join(', ') || 'nothing'}`,
    ...dirty.map(({ kind, doing, left }) => `    ${kind}, ${doing}: ${left.join('; ')}`),
    '',
  ].join('\n')
}

/** How long a drive takes that nobody kills. @throws when it did not get to its end: then kills would show nothing */
async function undisturbed(small: SmallFleet): Promise<number> {
  const beganMs = performance.now()
  const { directory, ended } = drive(small, 'noop', `calm-${process.pid}`)
  const code = (await ended).exitCode
  const tookMs = performance.now() - beganMs
  const { verdict } = judgeRun(directory)
  const clean = verdict.scenarios[0]?.stages.clean
  rmSync(directory, { recursive: true })
  if (code !== 0) throw new Error(`a drive that nobody killed ended with ${code}, and was ${clean}`)
  return tookMs
}

async function crashOnce(
  small: SmallFleet,
  before: readonly string[],
  { kind, lease, from, afterMs, endedBy }: Pick<Crash, 'kind' | 'from' | 'afterMs' | 'endedBy'> & { readonly lease: string },
): Promise<Crash> {
  const { directory, child, ended } = drive(small, kind, lease)
  if (from === 'applied') await isApplied(directory, ended)
  await sleep(afterMs)
  child.kill('SIGKILL')
  await ended
  const left: string[] = []
  const journal = lastWords(directory)
  if (journal !== undefined && judgeRun(directory).verdict.outcome === 'GO') left.push('the journal of a killed run was judged GO')
  rmSync(directory, { recursive: true })
  const engine = openEngine(small.ready.engine)
  const own = `${runLabel}=${small.run}`
  let complaints: string[] = []
  // A hold that was on its way arrives after its harness is dead: the time to live is what it comes with.
  if (endedBy === 'guard' && journal !== undefined) await sleep(ttlMs)
  if (endedBy === 'guard' && !(await until(async () => (await heldIn(small)).length === 0, patienceMs)))
    left.push(`the guard did not end ${(await heldIn(small)).join(', ')}`)
  const sweepLeases = async () => {
    complaints = [] // an agent may not have been started again yet: only the last word counts
    await releaseLeases(engine, own, (problem) => complaints.push(problem))
  }
  const swept = await until(async () => {
    await sweepLeases()
    return (await openLeases(engine, await engine.holdings(own), 'released')).length === 0
  }, patienceMs)
  if (!swept) left.push('leases stay open', ...complaints)
  const agents = [...small.topology.agents.keys()]
  if (!(await until(async () => (await Promise.all(agents.map(small.health))).every((answer) => answer === well), patienceMs)))
    left.push('an agent is not well again')
  const now = await poll(
    async (waitedMs) => {
      if (waitedMs > 0) await sweepLeases()
      return standing(small)
    },
    (lines) => lines.join() === before.join(),
    { withinMs: patienceMs, everyMs: 200 },
  )
  left.push(
    ...now.filter((line) => !before.includes(line)),
    ...before.filter((line) => !now.includes(line)).map((line) => `no more: ${line}`),
  )
  return { kind, from, afterMs, doing: journal ?? 'starting', endedBy, left }
}

function drive(small: SmallFleet, kind: FaultKind, lease: string) {
  small.fleet.leaveTools() // of two harnesses on one fleet the second would be turned away
  const directory = mkdtempSync(join(tmpdir(), 'gauntlet-crash-'))
  const order: CrashOrder = { run: small.run, engine: small.ready.engine, directory, kind, lease, holdMs, ttlMs }
  const argv = [process.execPath, join(import.meta.dirname, 'crash-driver.main.ts'), JSON.stringify(order)] as const
  const child = start(argv, { timeoutMs: longestDriveMs, heard: (line) => process.stderr.write(`${line}\n`) })
  return { directory, child, ended: child.ended }
}

/** Once it is, once the harness has ended without, or once nobody has more patience: whoever asks looks at what it was doing. */
async function isApplied(directory: string, ended: Promise<unknown>): Promise<void> {
  let over = false
  void ended.then(() => {
    over = true
  })
  await poll(
    async () => lastWords(directory),
    (words) => over || words === 'applied',
    { withinMs: patienceMs, everyMs: 10 },
  )
}

/** Leases that a guard has yet to end; a tool whose server was killed under it is not back yet, and cannot say. */
async function heldIn(small: SmallFleet): Promise<readonly string[]> {
  const hands = [...placesOf(small.topology).map((place) => small.fleet.tool(place)), small.fleet.engine()]
  const all = await Promise.all(hands.map((hand) => hand.run(['tool', 'leases']).catch(() => 'away' as const)))
  return all.flatMap((answer) => {
    if (answer === 'away') return ['what a tool that is away holds']
    return answer.stdout.split('\n').flatMap((line) => {
      if (line === '') return []
      const { lease, state, guarded } = JSON.parse(line) as { lease: string; state: string; guarded: boolean }
      return state === 'released' || (state === 'expired' && !guarded) ? [] : [lease]
    })
  })
}

/** Undefined before it had written anything. */
function lastWords(directory: string): string | undefined {
  let text: string
  try {
    text = readFileSync(join(directory, 'journal.ndjson'), 'utf8')
  } catch {
    return undefined
  }
  const events = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as EventBody)
  const last = events.findLast(({ kind }) => kind === 'lease' || kind === 'plan' || kind === 'phase' || kind === 'end')
  if (last?.kind === 'lease') return last.state
  return last?.kind === 'phase' ? `phase ${last.name}` : (last?.kind ?? 'preparing')
}
