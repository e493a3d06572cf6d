/** Lines of JSON to a reader that may be slow: what it has not taken yet is bounded, and whoever writes can ask first. */
import type { Writable } from 'node:stream'
import type { ObserverLine } from './protocol.ts'

export interface Output {
  write(line: ObserverLine): void
  /** The reader is further behind than the bound. */
  blocked(): boolean
  /** Waits until all is taken, or for this long. @returns whether it was */
  drain(withinMs: number): Promise<boolean>
}

export function output(stream: Writable, maxWaitingBytes = 4 * 1024 * 1024): Output {
  return {
    write: (line) => void stream.write(`${JSON.stringify(line)}\n`),
    blocked: () => stream.writableLength > maxWaitingBytes,
    async drain(withinMs) {
      let timer: NodeJS.Timeout | undefined
      const taken = new Promise<boolean>((done) => stream.write('', () => done(true)))
      const over = new Promise<boolean>((done) => {
        timer = setTimeout(() => done(false), withinMs)
      })
      return Promise.race([taken, over]).finally(() => clearTimeout(timer))
    },
  }
}
