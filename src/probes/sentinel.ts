/** Starts the sentinel. It is not started again when it dies: that it does not answer is then what there is to say. */
import { type ChildProcess, fork } from 'node:child_process'
import { dirname, join } from 'node:path'

export interface Sentinel extends Disposable {
  /** 0 when it did not start in time: probes of it then fail, as they should. */
  readonly port: number
  readonly process: ChildProcess
}

/** Beside the program that runs: both are bundled in the observer's image, and both are TypeScript in a checkout. */
export function sentinelPath(program: string): string {
  return join(dirname(program), program.endsWith('.ts') ? 'sentinel.main.ts' : 'sentinel.js')
}

export async function startSentinel(path: string, withinMs: number): Promise<Sentinel> {
  const child = fork(path, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const port = await new Promise<number>((done) => {
    const timer = setTimeout(() => done(0), withinMs)
    const end = (value: number) => {
      clearTimeout(timer)
      done(value)
    }
    child.once('message', (message) => end((message as { port: number }).port))
    child.once('exit', () => end(0))
    child.once('error', () => end(0))
  })
  child.channel?.unref()
  child.unref()
  return {
    port,
    process: child,
    [Symbol.dispose]() {
      if (child.connected) child.disconnect()
    },
  }
}
