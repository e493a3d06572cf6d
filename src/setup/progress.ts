/** Says on standard error what the set-up is doing, with the time it took so far: only of what takes longer than a second. */
import type { Clock } from '../base/clock.ts'

export interface Progress {
  /** Runs the work under a name that a person reads; `note` says which part of it is under way. */
  during<T>(name: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>
}

const quietMs = 1000
const repeatMs = 15_000

export function showProgress(clock: Clock, write: (line: string) => void): Progress {
  return {
    async during(name, work) {
      const startMs = clock.nowMs()
      const seconds = () => `${((clock.nowMs() - startMs) / 1000).toFixed(1).padStart(6)} s`
      let doing = ''
      let shown = false
      const show = (mark: string, text: string) => {
        shown = true
        write(`${mark} ${seconds()}  ${name}${text === '' ? '' : `: ${text}`}\n`)
      }
      const first = setTimeout(() => show('…', doing), quietMs)
      const repeated = setInterval(() => show('…', doing), repeatMs)
      const end = (mark: string, text: string) => {
        clearTimeout(first)
        clearInterval(repeated)
        if (shown || clock.nowMs() - startMs > quietMs) show(mark, text)
      }
      const note = (text: string) => {
        doing = text
        if (shown) show('…', text)
      }
      try {
        const result = await work(note)
        end('✓', '')
        return result
      } catch (error) {
        end('✗', doing)
        throw error
      }
    },
  }
}
