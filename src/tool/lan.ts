/** Where the data network begins in this namespace, and who is on it: names become addresses once, so that a lost name server changes nothing. */
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Refusal } from './verb.ts'

/** A connection to a neighbour takes a millisecond; the kernel repeats a lost first packet after a second. */
const patienceMs = 150

export interface Endpoint {
  /** As it was asked for: `host:port`. */
  readonly name: string
  readonly host: string
  readonly address: string
  readonly port: number
}

export type Reach = 'open' | 'silent' | 'refused'

/** @throws when a name leads nowhere */
export async function addressOf(host: string): Promise<string> {
  const { address } = await lookup(host, { family: 4 }).catch((error: NodeJS.ErrnoException) => {
    throw new Refusal(`${host} has no address here: ${error.code ?? error.message}`)
  })
  return address
}

/** The device that carries this address. The management network is another device, and no rule of ours names it. @throws when there is none */
export function deviceOf(address: string): string {
  const found = Object.entries(networkInterfaces()).find(([, addresses]) => addresses?.some((each) => each.address === address))
  if (found === undefined) throw new Refusal(`no device here has the address ${address}`)
  return found[0]
}

export async function endpoints(names: readonly string[]): Promise<readonly Endpoint[]> {
  const hosts = [...new Set(names.map((name) => name.split(':')[0] as string))]
  const addresses = new Map(await Promise.all(hosts.map(async (host) => [host, await addressOf(host)] as const)))
  return names.map((name) => {
    const [host = '', port] = name.split(':')
    return { name, host, address: addresses.get(host) as string, port: Number(port) }
  })
}

export function reach({ address, port }: Pick<Endpoint, 'address' | 'port'>, withinMs = patienceMs): Promise<Reach> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port })
    const end = (outcome: Reach) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(outcome)
    }
    const timer = setTimeout(() => end('silent'), withinMs)
    socket.once('connect', () => end('open'))
    socket.once('error', () => end('refused'))
  })
}
