/**
 * The observer's program, in its own container on the management network.
 * `observer.js [observe] [CONFIG]` probes until SIGTERM; `observer.js exposition [CONFIG]` reads every /metrics once.
 * Standard output carries the lines of protocol.ts and nothing else; words for people go to standard error.
 */
import { readFileSync } from 'node:fs'
import { realClock } from '../base/clock.ts'
import { exitCode, GauntletError } from '../base/errors.ts'
import { observerConfigPath, readObserverConfig } from './config.ts'
import { readExpositions } from './expositions.ts'
import { names } from './names.ts'
import { observe } from './observer.ts'
import { output } from './output.ts'
import type { ObserverConfig } from './protocol.ts'
import { sentinelPath, startSentinel } from './sentinel.ts'

const startWithinMs = 5000
const nameWithinMs = 1000
const flushWithinMs = 2000

async function main(program: string, mode = 'observe', configPath = observerConfigPath): Promise<number> {
  if (mode !== 'observe' && mode !== 'exposition')
    throw new GauntletError('usage/arguments', `started as ${mode}; there are observe and exposition`)
  const config = readObserverConfig(read(configPath), configPath)
  const known = names(realClock.nowMs)
  await known.prime(
    config.targets.map(({ host }) => host),
    nameWithinMs,
  )
  if (mode === 'exposition') {
    process.stdout.write(`${JSON.stringify(await readExpositions(config, known))}\n`)
    return 0
  }
  return observeUntilTold(config, known, sentinelPath(program))
}

async function observeUntilTold(config: ObserverConfig, known: ReturnType<typeof names>, sentinelProgram: string): Promise<number> {
  const told = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => told.abort())
  const out = output(process.stdout)
  using sentinel = await startSentinel(sentinelProgram, startWithinMs)
  const { nowMs } = realClock
  await observe(config, { nowMs, wallMs: Date.now, names: known, output: out, sentinelPort: sentinel.port, bootId: bootId() }, told.signal)
  return (await out.drain(flushWithinMs)) ? 0 : exitCode.harness
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new GauntletError('usage/file', `read ${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Two processes that see the same one are on one kernel, and so on one monotonic clock. */
function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}

// Whoever read our lines is gone: there is nobody left to observe for.
process.stdout.on('error', () => process.exit(exitCode.harness))

const [, program = '', ...rest] = process.argv
main(program, ...rest).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const known = error instanceof GauntletError
    process.stderr.write(`observer: ${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(known ? exitCode.usage : exitCode.harness)
  },
)
