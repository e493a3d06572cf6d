/**
 * Asks servers that speak first, or need not speak at all. Each call has a connection of its own, which ends with the first word
 * that decides: nothing is said to the server, so that no password is needed and none can leak.
 */
import { createConnection, type Socket } from 'node:net'
import type { Answer } from '../journal/event.ts'
import { type Cancel, ownWants } from './exchange.ts'

/** What was heard since the connection stood, at first nothing; undefined: this does not decide yet. */
export type Hearing = (heard: string) => Answer | undefined

/** A greeting is one line, and servers tell much of themselves in it. */
const longestGreeting = 64 * 1024

/** It accepts connections. So does the kernel of a process that stands still: this shows that a server is gone, hardly that it works. */
export const accepted: Hearing = () => 'ok'

/** @param server that a message server must say it is: `INFO {"server_name":"nats-pc2",…}`, which it writes itself, to everyone */
export function greetingOf(server: string): Hearing {
  return (heard) => {
    const end = heard.indexOf('\n')
    if (end < 0) return undefined
    const name = nameIn(heard.slice(0, end))
    if (name === undefined) return 'malformed'
    return name === server ? 'ok' : 'stranger'
  }
}

function nameIn(line: string): string | undefined {
  if (!line.startsWith('INFO ')) return undefined
  try {
    const { server_name: name } = JSON.parse(line.slice('INFO '.length)) as { readonly server_name?: unknown }
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined
  }
}

/** @param address to connect to at this moment, or undefined while the name is unknown */
export function caller(address: () => string | undefined, port: number, hears: Hearing) {
  const open = new Set<Socket>()
  return {
    ask(done: (answer: Answer) => void): Cancel {
      const host = address()
      if (host === undefined) {
        done('unreachable')
        return () => {}
      }
      const socket = createConnection({ host, port }).setEncoding('utf8')
      open.add(socket)
      let heard = ''
      const end = (answer?: Answer) => {
        if (!open.delete(socket)) return
        socket.destroy()
        if (answer !== undefined) done(answer)
      }
      const hear = (more: string) => {
        heard += more
        const answer = hears(heard) ?? (heard.length > longestGreeting ? 'malformed' : undefined)
        if (answer !== undefined) end(answer)
      }
      const broke = (code?: string) => end(code !== undefined && ownWants.has(code) ? 'unsent' : heard === '' ? 'unreachable' : 'malformed')
      socket.on('connect', () => hear(''))
      socket.on('data', hear)
      socket.on('error', ({ code }: NodeJS.ErrnoException) => broke(code))
      socket.on('close', () => broke())
      return () => end()
    },
    close(): void {
      for (const socket of open) socket.destroy()
      open.clear()
    },
  }
}
