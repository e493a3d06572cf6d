/**
 * One outage, as the observer and other clients report it, side by side in one run: a stand-in target is frozen for a known time while
 * each asks it at the same rate and gives up after the same time. What a client reports is its failed requests times their interval.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { once } from '../src/base/gather.ts'
import { onPath, type Runner, startClient, startK6, startObserver, startTarget } from './probes.ts'
import type { Group, Row } from './row.ts'

interface OutageBench {
  readonly frozenMs: number
  /** Down by the promise's own words: a probe that is answered within its time is none. */
  readonly downMs: number
  /** By client: how long it says that the target was down; k6 and curl only where they are on PATH. */
  readonly reportedMs: Readonly<Record<string, number>>
  /** Of the observer: how long it says that it does not know, since it had to wait for a core. */
  readonly unknownMs: number
}

const hz = 4
const timeoutMs = 1_000
const warmUpMs = 3_000
/** Whoever asks late, or waits for long, is heard to the end. */
const afterMs = 8_000
const seconds = 10
const observer = 'the observer'
const clients = {
  observer,
  undici: 'undici',
  k6: 'k6',
  'k6-own': 'k6 with its own time-out',
  curl: 'curl in a loop',
} as const

/** @param k6 puts it on PATH */
export function outageRows(k6: () => Promise<unknown>): Group {
  const measured = once(async () => {
    await k6()
    return benchOutage()
  })
  const row = ([id, client]: readonly [string, string]): Row => ({
    id: `outage-${id}`,
    what: `a target that stands still for ${seconds} s, asked at ${hz} Hz, as ${client} reports it`,
    how: 'All ask one stand-in process at the same time; a client reports its failed requests times their interval.',
    unit: 's',
    against: 'down as uptime is defined',
    // A slot at either end is what no client that asks at this rate can know.
    ...(client === observer ? { target: { of: 'ratio', atLeast: 0.95, atMost: 1.05 } as const } : {}),
    measure: async () => {
      const { downMs, reportedMs, unknownMs } = await measured()
      const ms = reportedMs[client]
      if (ms === undefined) return { notMeasured: `${client.split(' ')[0]} is not on PATH` }
      const detail = client === observer ? { detail: `${(unknownMs / 1000).toFixed(1)} s unknown` } : {}
      return { value: ms / 1000, other: downMs / 1000, ...detail }
    },
  })
  return { rows: Object.entries(clients).map(row) }
}

async function benchOutage(): Promise<OutageBench> {
  const place = mkdtempSync(join(tmpdir(), 'bench-'))
  const target = startTarget(1)
  const started = [target.process]
  try {
    const ports = await target.ports
    const options = { targets: 1, hz, seconds: seconds + (warmUpMs + afterMs) / 1_000, timeoutMs }
    const observer = startObserver(ports, options, place)
    const asking: [string, Runner][] = [
      [clients.observer, observer],
      [clients.undici, startClient('undici', ports, options)],
    ]
    if (onPath('k6'))
      asking.push(
        [clients.k6, startK6(ports, options, place)],
        [clients['k6-own'], startK6(ports, { ...options, timeoutMs: 60_000 }, place)],
      )
    if (onPath('curl', '--version')) asking.push([clients.curl, startCurl(ports[0] as number)])
    started.push(...asking.map(([, { process }]) => process))
    await sleep(warmUpMs)
    const failed = () => Promise.all(asking.map(([, runner]) => runner.failures()))
    const before = await failed()
    const unsentBefore = observer.told.unsent
    const fromMs = performance.now()
    target.process.kill('SIGSTOP')
    await sleep(seconds * 1_000)
    target.process.kill('SIGCONT')
    const frozenMs = performance.now() - fromMs
    await sleep(afterMs)
    const after = await failed()
    const reported = asking.map(([name], index) => [name, ((after[index] ?? 0) - (before[index] ?? 0)) * (1_000 / hz)])
    const unknownMs = (observer.told.unsent - unsentBefore) * (1_000 / hz)
    return { frozenMs, downMs: frozenMs - timeoutMs, reportedMs: Object.fromEntries(reported), unknownMs }
  } finally {
    for (const child of started) child.kill('SIGKILL')
    rmSync(place, { recursive: true })
  }
}

/** As a shell script does it: it asks again once it was answered, so that it asks least when nobody answers. */
function startCurl(port: number): Runner {
  const once = `curl --silent --fail --max-time ${timeoutMs / 1_000} http://127.0.0.1:${port}/health >&2 && echo ok || echo failed`
  const child = spawn('sh', ['-c', `while :; do ${once}; sleep ${1 / hz}; done`], { stdio: ['ignore', 'pipe', 'ignore'] })
  const told = { answers: 0, failures: 0 }
  createInterface({ input: child.stdout }).on('line', (line) => {
    told[line === 'ok' ? 'answers' : 'failures'] += 1
  })
  return { process: child, count: async () => told.answers, failures: async () => told.failures }
}
