/**
 * Addresses of the targets' machines, looked up beside the probes and never as part of one: a slow name server must not be
 * seen as a slow agent. A machine that was made anew may have another address, so failures ask again, at a bounded rate.
 */
import { lookup, Resolver } from 'node:dns/promises'
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

/**
 * Asks the name server and the C library at once. The library also knows /etc/hosts, but takes ten seconds to give up on a name
 * that an engine's server does not have yet, and the container may be there after one: so it is asked once at a time, and the
 * server again and again.
 */
function lookupTwice(withinMs: number): Lookup {
  const resolver = new Resolver({ timeout: withinMs, tries: 1 })
  const asking = new Map<string, Promise<string>>()
  const byLibrary = (host: string) => {
    const begun = asking.get(host) ?? lookup(host, { family: 4 }).then(({ address }) => address)
    asking.set(host, begun)
    return begun.finally(() => asking.delete(host))
  }
  const byServer = async (host: string) => {
    const [address] = await resolver.resolve4(host)
    if (address === undefined) throw new Error(`${host} has no address`)
    return address
  }
  return (host) => Promise.any([byServer(host), byLibrary(host)])
}

/** @param everyMs at most one look-up of a host is begun in this time, whatever became of the one before */
export function names(nowMs: () => number, resolve: Lookup = lookupTwice(1000), everyMs = 250): Names {
  interface Entry {
    address: string | undefined
    askedMs: number
    asking: Promise<void>
  }
  const entries = new Map<string, Entry>()

  function ask(host: string): Promise<void> {
    const entry = entries.get(host) ?? {
      address: isIP(host) ? host : undefined,
      askedMs: Number.NEGATIVE_INFINITY,
      asking: Promise.resolve(),
    }
    entries.set(host, entry)
    if (isIP(host) || nowMs() - entry.askedMs < everyMs) return entry.asking
    entry.askedMs = nowMs()
    entry.asking = resolve(host).then(
      (address) => {
        entry.address = address
      },
      () => {}, // the old address stays: identity is checked on every answer
    )
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
