/**
 * Addresses of the targets' machines, looked up beside the probes and never as part of one: a slow name server must not be
 * seen as a slow agent. A machine that was made anew may have another address, so failures ask again, at a bounded rate.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

export interface Names {
  /** The last known address, or undefined when there never was one. */
  address(host: string): string | undefined
  /** A probe of this host went wrong in a way that another address would explain. */
  doubt(host: string): void
  /** Waits until every host was looked up once, or for this long. */
  prime(hosts: readonly string[], withinMs: number): Promise<void>
}

export type Lookup = (host: string) => Promise<string>

const lookupByKernel: Lookup = async (host) => (await lookup(host, { family: 4 })).address

/** @param everyMs at most one look-up of a host is begun in this time, and only one is under way */
export function names(nowMs: () => number, resolve: Lookup = lookupByKernel, everyMs = 1000): Names {
  interface Entry {
    address: string | undefined
    askedMs: number
    asking: Promise<void> | undefined
  }
  const entries = new Map<string, Entry>()

  function ask(host: string): Promise<void> {
    const entry = entries.get(host) ?? { address: isIP(host) ? host : undefined, askedMs: Number.NEGATIVE_INFINITY, asking: undefined }
    entries.set(host, entry)
    if (entry.asking !== undefined) return entry.asking
    if (isIP(host) || nowMs() - entry.askedMs < everyMs) return Promise.resolve()
    entry.askedMs = nowMs()
    const answered = resolve(host).then(
      (address) => {
        entry.address = address
      },
      () => {}, // the old address stays: identity is checked on every answer
    )
    entry.asking = answered.finally(() => {
      entry.asking = undefined
    })
    return entry.asking
  }

  return {
    address(host) {
      const known = entries.get(host)?.address
      if (known === undefined) void ask(host)
      return known ?? entries.get(host)?.address
    },
    doubt: (host) => void ask(host),
    async prime(hosts, withinMs) {
      let timer: NodeJS.Timeout | undefined
      const over = new Promise<void>((done) => {
        timer = setTimeout(done, withinMs)
      })
      await Promise.race([Promise.all([...new Set(hosts)].map(ask)), over])
      clearTimeout(timer)
    },
  }
}
