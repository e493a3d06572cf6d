/**
 * Probes per core-second: what the observer costs, beside ordinary HTTP clients that send the same requests at the same rate
 * and keep no schedule, judge nothing and record nothing. All ask one stand-in process at the same time, so that whatever else
 * the machine does weighs on all alike; only the ratios mean anything on another machine.
 *
 * `node bench/probes.ts [targets] [hz] [seconds] [alone]`
 */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { once } from '../src/base/gather.ts'
import { answers } from '../src/journal/event.ts'
import { inFlightFor } from '../src/probes/config.ts'
import { readLine } from '../src/probes/line.ts'
import type { ObserverConfig } from '../src/probes/protocol.ts'
import { atLeast, atMost, type Group, type Row } from './row.ts'

interface ProbesBenchOptions {
  readonly targets: number
  readonly hz: number
  /** Measured, after a start that is not. */
  readonly seconds: number
  /** Without the other clients: both cores are the observer's and its targets'. */
  readonly alone?: boolean
}

interface ProbesBench {
  readonly observer: Cost
  /** Slots that the observer could not keep, and answers other than ok, in the time measured. */
  readonly unsent: number
  readonly notOk: number
  /** Of a core, by the process that answers all of them. */
  readonly targetShare: number
  /** By client; k6 only where it is on PATH. */
  readonly others: Readonly<Record<string, Cost>>
}

interface Cost {
  readonly probes: number
  readonly cpuSeconds: number
  readonly perCoreSecond: number
}

export interface Runner {
  readonly process: ChildProcess
  /** Probes answered so far, well or not. */
  count(): Promise<number>
  /** Of them, those that were not answered well in time. */
  failures(): Promise<number>
}

/** How a client is to ask. */
export interface Asking {
  readonly hz: number
  readonly targets: number
  readonly seconds: number
  /** When it is to give up; left out: when it likes. */
  readonly timeoutMs?: number
}

interface ObserverRunner extends Runner {
  readonly told: { unsent: number; notOk: number }
}

const folder = import.meta.dirname
const warmUpMs = 3000

const ordinary: ProbesBenchOptions = { targets: 77, hz: 10, seconds: 8 }
/** A hundred such fleets, at the rate of an ordinary health check. */
const manyTargets: ProbesBenchOptions = { targets: 7_700, hz: 1, seconds: 10, alone: true }

/** @param k6 puts it on PATH */
export function probeRows(k6: () => Promise<unknown>): Group {
  const measured = once(async () => {
    await k6()
    return benchProbes(ordinary)
  })
  const many = once(() => benchProbes(manyTargets))
  const against = (client: string): Row => ({
    id: `probes-${client.replace('node:', '')}`,
    what: `probes per core-second, ${ordinary.targets} agents at ${ordinary.hz} Hz`,
    how: `The observer and the other clients ask one stand-in process at the same time for ${ordinary.seconds} s; the others keep no schedule, judge nothing and record nothing.`,
    unit: 'number',
    against: `${client}, the same requests`,
    target: atLeast(1, 'ratio'),
    measure: async () => {
      const { observer, others } = await measured()
      const other = others[client]
      return other === undefined
        ? { notMeasured: `${client} is not on PATH` }
        : { value: observer.perCoreSecond, other: other.perCoreSecond }
    },
  })
  const observer: Row = {
    id: 'observer',
    what: 'the observer at that rate',
    how: 'Processor time of its process in the same run, and the slots that it could not keep.',
    unit: 'core',
    target: atMost(0.6),
    measure: async () => {
      const { observer, unsent } = await measured()
      return { value: observer.cpuSeconds / ordinary.seconds, detail: `${unsent} slots unsent` }
    },
  }
  const unsent: Row = {
    id: 'observer-many',
    what: `slots unsent of ${manyTargets.targets} targets at ${manyTargets.hz} Hz`,
    how: 'On two cores, which it shares with the process that answers it.',
    unit: 'number',
    target: atMost(0),
    measure: async () => {
      const { observer, unsent, targetShare } = await many()
      const [own, answering] = [observer.cpuSeconds / manyTargets.seconds, targetShare].map(inPercent)
      return { value: unsent, detail: `of ${unsent + observer.probes}; ${own}, and ${answering} to answer it` }
    },
  }
  return { rows: [...['undici', 'node:http', 'k6'].map(against), observer, unsent] }
}

function inPercent(share: number): string {
  return `${Math.round(100 * share)} % of a core`
}

/** The sentinel's own process is not counted: it stands for a target. */
async function benchProbes(options: ProbesBenchOptions): Promise<ProbesBench> {
  const place = mkdtempSync(join(tmpdir(), 'bench-'))
  const target = startTarget(options.targets)
  const started: ChildProcess[] = [target.process]
  const keep = <R extends Runner>(runner: R): R => {
    started.push(runner.process)
    return runner
  }
  try {
    const ports = await target.ports
    const observer = keep(startObserver(ports, options, place))
    const clients: [string, Runner][] = options.alone
      ? []
      : ['undici', 'node:http'].map((name) => [name, keep(startClient(name, ports, options))])
    if (!options.alone && onPath('k6')) clients.push(['k6', keep(startK6(ports, options, place))])
    await sleep(warmUpMs)
    const before = { ...observer.told }
    const none = async () => 0
    const answering: Runner = { process: target.process, count: none, failures: none }
    const [own, stood, ...costs] = await costsOf([observer, answering, ...clients.map(([, runner]) => runner)], options.seconds)
    return {
      targetShare: (stood as Cost).cpuSeconds / options.seconds,
      observer: own as Cost,
      unsent: observer.told.unsent - before.unsent,
      notOk: observer.told.notOk - before.notOk,
      others: Object.fromEntries(clients.map(([name], index) => [name, costs[index] as Cost])),
    }
  } finally {
    for (const child of started) child.kill('SIGKILL')
    rmSync(place, { recursive: true })
  }
}

export function startTarget(targets: number): { readonly process: ChildProcess; readonly ports: Promise<readonly number[]> } {
  const child = fork(join(folder, 'probe-target.main.ts'), [String(targets)])
  return { process: child, ports: new Promise((done) => child.once('message', (message) => done(message as number[]))) }
}

export function startObserver(ports: readonly number[], { hz, timeoutMs = 1000 }: Asking, place: string): ObserverRunner {
  const intervalMs = 1000 / hz
  const config: ObserverConfig = {
    intervalMs,
    timeoutMs,
    latenessMs: Math.min(500 / hz, 100),
    phase: 0.5,
    inFlight: inFlightFor(ports.length, { intervalMs, timeoutMs }),
    batchMs: 500,
    targets: ports.map((port, i) => ({
      id: `bench/Agent${i}`,
      probe: 'health',
      name: `Agent${i}`,
      machine: 'bench',
      host: '127.0.0.1',
      port,
    })),
  }
  const file = join(place, 'observer.json')
  writeFileSync(file, JSON.stringify(config))
  const program = join(folder, '../src/probes/observer.main.ts')
  const child = spawn(process.execPath, [program, 'observe', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const told = { probes: 0, unsent: 0, notOk: 0 }
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = readLine(text)
    if (typeof line === 'string') throw new Error(line)
    if (line.kind !== 'samples') return
    const unsent = line.answers.filter((code) => answers[code] === 'unsent').length
    told.unsent += unsent
    told.probes += line.answers.length - unsent
    told.notOk += line.answers.filter((code) => answers[code] !== 'ok').length - unsent
  })
  return { process: child, told, count: async () => told.probes, failures: async () => told.notOk }
}

export function startClient(name: string, ports: readonly number[], { hz, timeoutMs = 0 }: Asking): Runner {
  const child = fork(join(folder, 'probe-client.main.ts'), [name, String(hz), String(timeoutMs), ...ports.map(String)])
  const ask = () => {
    const told = new Promise<{ answers: number; failures: number }>((done) => child.once('message', (message) => done(message as never)))
    child.send('how many')
    return told
  }
  return { process: child, count: async () => (await ask()).answers, failures: async () => (await ask()).failures }
}

/** Its console is the only one of the four that tells while it runs; lines of its raw samples are counted. */
export function startK6(ports: readonly number[], { targets, hz, seconds, timeoutMs }: Asking, place: string): Runner {
  const script = join(mkdtempSync(join(place, 'k6-')), 'probes.js')
  writeFileSync(
    script,
    `import http from 'k6/http'
import { scenario } from 'k6/execution'
const ports = ${JSON.stringify(ports)}
export const options = { scenarios: { probes: { executor: 'constant-arrival-rate', rate: ${targets * hz}, timeUnit: '1s',
  duration: '${2 * seconds + 60}s', preAllocatedVUs: ${Math.max(10, Math.min(targets, 100))} } } }
const params = ${JSON.stringify(timeoutMs === undefined ? {} : { timeout: timeoutMs })}
export default () => http.get('http://127.0.0.1:' + ports[scenario.iterationInTest % ports.length] + '/health', params)
`,
  )
  const child = spawn('k6', ['run', '--quiet', '--no-usage-report', '--out', 'csv=-', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const told = { requests: 0, failed: 0 }
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('http_reqs,')) told.requests += 1
    if (/^http_req_failed,\d+,1\./.test(line)) told.failed += 1
  })
  return { process: child, count: async () => told.requests, failures: async () => told.failed }
}

async function costsOf(runners: readonly Runner[], seconds: number): Promise<Cost[]> {
  const look = () => Promise.all(runners.map(async (runner) => ({ probes: await runner.count(), cpu: cpuSecondsOf(runner.process.pid) })))
  const before = await look()
  await sleep(seconds * 1000)
  const after = await look()
  return after.map(({ probes, cpu }, index) => {
    const made = probes - (before[index]?.probes ?? 0)
    const cpuSeconds = cpu - (before[index]?.cpu ?? 0)
    return { probes: made, cpuSeconds, perCoreSecond: Math.round(made / cpuSeconds) }
  })
}

/** Of all its threads, as the kernel counts it. */
function cpuSecondsOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const ticksASecond = 100 // USER_HZ, the same on every Linux
  return (Number(fields[11]) + Number(fields[12])) / ticksASecond
}

export function onPath(program: string, ask = 'version'): boolean {
  try {
    execFileSync(program, [ask], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

if (import.meta.main) {
  const [targets, hz, seconds] = process.argv.slice(2).map(Number)
  const given = { targets: targets ?? 77, hz: hz ?? 10, seconds: seconds ?? 8, alone: process.argv.includes('alone') }
  const { observer, unsent, notOk, targetShare, others } = await benchProbes(given)
  const lines = [
    `${given.targets} targets at ${given.hz} Hz for ${given.seconds} s; who answers takes ${inPercent(targetShare)}`,
    `observer   ${observer.perCoreSecond} probes per core-second, ${inPercent(observer.cpuSeconds / given.seconds)}, ${unsent} unsent, ${notOk} not ok`,
    ...Object.entries(others).map(
      ([name, { perCoreSecond }]) =>
        `${name.padEnd(10)} ${perCoreSecond} probes per core-second; the observer does ${(observer.perCoreSecond / perCoreSecond).toFixed(2)} ×`,
    ),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
