/**
 * Probes per core-second: what the observer costs, beside ordinary HTTP clients that send the same requests at the same rate
 * and keep no schedule, judge nothing and record nothing. All ask one stand-in process at the same time, so that whatever else
 * the machine does weighs on all alike; only the ratios mean anything on another machine.
 *
 * `node bench/probes.ts [targets] [hz] [seconds]`
 */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { answers } from '../src/journal/event.ts'
import { readLine } from '../src/probes/line.ts'
import type { ObserverConfig } from '../src/probes/protocol.ts'

export interface ProbesBenchOptions {
  readonly targets: number
  readonly hz: number
  /** Measured, after a start that is not. */
  readonly seconds: number
}

export interface ProbesBench {
  readonly observer: Cost
  /** Slots that the observer could not keep, and answers other than ok, in the time measured. */
  readonly unsent: number
  readonly notOk: number
  /** By client; k6 only where it is on PATH. */
  readonly others: Readonly<Record<string, Cost>>
}

interface Cost {
  readonly probes: number
  readonly cpuSeconds: number
  readonly perCoreSecond: number
}

interface Runner {
  readonly process: ChildProcess
  /** Probes answered so far. */
  count(): Promise<number>
}

interface ObserverRunner extends Runner {
  readonly told: { unsent: number; notOk: number }
}

const folder = import.meta.dirname
const warmUpMs = 3000

export const probesBenchDefaults: ProbesBenchOptions = { targets: 77, hz: 10, seconds: 8 }

/** The sentinel's own process is not counted: it stands for a target. */
export async function benchProbes(options: ProbesBenchOptions = probesBenchDefaults): Promise<ProbesBench> {
  const place = mkdtempSync(join(tmpdir(), 'bench-'))
  const target = fork(join(folder, 'probe-target.main.ts'), [String(options.targets)])
  const started: ChildProcess[] = [target]
  const keep = <R extends Runner>(runner: R): R => {
    started.push(runner.process)
    return runner
  }
  try {
    const ports = await new Promise<number[]>((done) => target.once('message', (message) => done(message as number[])))
    const observer = keep(startObserver(ports, options, place))
    const clients: [string, Runner][] = ['undici', 'node:http'].map((name) => [name, keep(startClient(name, ports, options))])
    if (onPath('k6')) clients.push(['k6', keep(startK6(ports, options, place))])
    await sleep(warmUpMs)
    const before = { ...observer.told }
    const [own, ...costs] = await costsOf([observer, ...clients.map(([, runner]) => runner)], options.seconds)
    return {
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

function startObserver(ports: readonly number[], { hz }: ProbesBenchOptions, place: string): ObserverRunner {
  const config: ObserverConfig = {
    intervalMs: 1000 / hz,
    timeoutMs: 1000,
    latenessMs: Math.min(500 / hz, 100),
    phase: 0.5,
    inFlight: 8192,
    batchMs: 500,
    targets: ports.map((port, i) => ({ agent: `bench/Agent${i}`, name: `Agent${i}`, machine: 'bench', host: '127.0.0.1', port })),
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
  return { process: child, told, count: async () => told.probes }
}

function startClient(name: string, ports: readonly number[], { hz }: ProbesBenchOptions): Runner {
  const child = fork(join(folder, 'probe-client.main.ts'), [name, String(hz), ...ports.map(String)])
  return {
    process: child,
    count() {
      const told = new Promise<number>((done) => child.once('message', (message) => done((message as { answers: number }).answers)))
      child.send('how many')
      return told
    },
  }
}

/** Its console is the only one of the four that tells while it runs; lines of its raw samples are counted. */
function startK6(ports: readonly number[], { targets, hz, seconds }: ProbesBenchOptions, place: string): Runner {
  const script = join(place, 'probes.js')
  writeFileSync(
    script,
    `import http from 'k6/http'
import { scenario } from 'k6/execution'
const ports = ${JSON.stringify(ports)}
export const options = { scenarios: { probes: { executor: 'constant-arrival-rate', rate: ${targets * hz}, timeUnit: '1s',
  duration: '${2 * seconds + 60}s', preAllocatedVUs: ${Math.min(targets, 100)} } } }
export default () => http.get('http://127.0.0.1:' + ports[scenario.iterationInTest % ports.length] + '/health')
`,
  )
  const child = spawn('k6', ['run', '--quiet', '--no-usage-report', '--out', 'csv=-', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let requests = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('http_reqs,')) requests += 1
  })
  return { process: child, count: async () => requests }
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

function onPath(program: string): boolean {
  try {
    execFileSync(program, ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

if (import.meta.main) {
  const [targets, hz, seconds] = process.argv.slice(2).map(Number)
  const given = { targets: targets ?? 77, hz: hz ?? 10, seconds: seconds ?? 8 }
  const { observer, unsent, notOk, others } = await benchProbes(given)
  const share = Math.round((100 * observer.cpuSeconds) / given.seconds)
  const lines = [
    `${given.targets} targets at ${given.hz} Hz for ${given.seconds} s`,
    `observer   ${observer.perCoreSecond} probes per core-second, ${share} % of a core, ${unsent} unsent, ${notOk} not ok`,
    ...Object.entries(others).map(
      ([name, { perCoreSecond }]) =>
        `${name.padEnd(10)} ${perCoreSecond} probes per core-second; the observer does ${(observer.perCoreSecond / perCoreSecond).toFixed(2)} ×`,
    ),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
