/** The observer put together: targets and sentinel, probed by the open loop, told in lines. */
import type { Answer } from '../journal/event.ts'
import { type Asker, askerOf } from './asker.ts'
import { batch } from './batch.ts'
import { sentinelIdentity } from './config.ts'
import type { Cancel } from './exchange.ts'
import { openLoop } from './loop.ts'
import type { Names } from './names.ts'
import type { Output } from './output.ts'
import type { ObserverConfig } from './protocol.ts'

export interface Surroundings {
  readonly nowMs: () => number
  readonly wallMs: () => number
  readonly names: Names
  readonly output: Output
  readonly sentinelPort: number
  /** Of the kernel whose clock this is, if it can be known. */
  readonly bootId: string | undefined
}

/** A batch is also told when it has this many samples, so that no line grows without bound. */
const longestBatch = 8192

/** Probes until the signal aborts, then waits for what is outstanding and says goodbye. */
export async function observe(config: ObserverConfig, around: Surroundings, signal: AbortSignal): Promise<void> {
  const { nowMs, output } = around
  const probes = probesOf(config, around)
  const gathered = batch()
  const counts = { sent: 0, unsent: 0 }
  const flush = () => {
    const line = gathered.take()
    if (line !== undefined) output.write(line)
  }
  const { intervalMs, timeoutMs, latenessMs } = config
  const { bootId } = around
  const terms = { targets: config.targets.length, intervalMs, timeoutMs, latenessMs }
  output.write({ kind: 'hello', nowMs: nowMs(), ...terms, ...(bootId === undefined ? {} : { bootId }) })

  const schedule = { originMs: nowMs(), intervalMs, phase: config.phase, targets: probes.length }
  const loop = openLoop(schedule, config, {
    nowMs,
    wallMs: around.wallMs,
    send: (target, done) => (probes[target] as Probe).send(done),
    settled: (sample) => {
      gathered.add(sample)
      counts[sample.answer === 'unsent' ? 'unsent' : 'sent'] += 1
      if (gathered.length >= longestBatch) flush()
    },
    lagged: (lag) => output.write({ kind: 'lag', ...lag }),
    blocked: output.blocked,
  })
  const flushing = setInterval(flush, config.batchMs)
  await drive(loop, nowMs, signal)
  clearInterval(flushing)
  for (const probe of probes) probe.close()
  flush()
  output.write({ kind: 'bye', nowMs: nowMs(), ...counts })
}

/** Calls the loop whenever it wants to be called, until it is told to stop and nothing is outstanding. */
function drive(loop: ReturnType<typeof openLoop>, nowMs: () => number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const run = () => {
      if (signal.aborted) loop.stop()
      const nextMs = loop.tick()
      if (signal.aborted && loop.outstanding() === 0) done()
      else setTimeout(run, Math.max(1, Math.ceil(nextMs - nowMs())))
    }
    run()
  })
}

interface Probe {
  send(done: (answer: Answer) => void): Cancel
  close(): void
}

/** One for each target, and the sentinel's behind the last. */
function probesOf({ targets }: ObserverConfig, { names, sentinelPort }: Surroundings): Probe[] {
  const host = '127.0.0.1'
  const sentinel = { ...sentinelIdentity, probe: 'health', host, port: sentinelPort } as const
  return [
    ...targets.map((target) =>
      probeOf(
        askerOf(target, () => names.address(target.host)),
        () => names.doubt(target.host),
      ),
    ),
    probeOf(
      askerOf(sentinel, () => (sentinelPort === 0 ? undefined : host)),
      () => {},
    ),
  ]
}

/** @param doubt called when another address would explain what went wrong */
function probeOf(asker: Asker, doubt: () => void): Probe {
  return {
    send(done) {
      let answered = false
      const cancel = asker.ask((answer) => {
        answered = true
        if (answer === 'unreachable' || answer === 'stranger') doubt()
        done(answer)
      })
      return () => {
        if (!answered) doubt()
        cancel()
      }
    },
    close: asker.close,
  }
}
