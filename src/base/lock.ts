/**
 * A lock between processes of one machine that cannot go stale: an abstract unix socket, which the kernel drops together with
 * its owner, however that one ends. Whoever finds it taken asks the socket who holds it, and learns at once when it is free.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { GauntletError } from './errors.ts'

export interface LockOptions {
  readonly waitMs: number
  /** Called once with the holder, when there is one to wait for. */
  readonly onWait?: (holder: string) => void
}

/** A crowd that waits is woken all at once; those who come too late for the socket try again after this. */
const retryMs = 20

/** @throws GauntletError `environment/lock` naming the holder, when it is still held after `waitMs` */
export async function takeLock(name: string, { waitMs, onWait }: LockOptions): Promise<AsyncDisposable> {
  const path = `\0gauntlet/${name}`
  const deadline = performance.now() + waitMs
  let holder = ''
  for (;;) {
    const held = await listen(path)
    if (held !== undefined) return held
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) {
      throw new GauntletError('environment/lock', `waited ${waitMs / 1000} s for the lock '${name}'`, {
        cause: `held by ${holder || 'a process that does not say who it is'}`,
      })
    }
    await untilFree(path, leftMs, (said) => {
      if (holder === '') onWait?.(said)
      holder = said
    })
  }
}

/** The lock, or undefined when somebody has it. */
function listen(path: string): Promise<AsyncDisposable | undefined> {
  const waiting = new Set<Socket>()
  const me = `pid ${process.pid} (${process.argv.slice(1, 4).join(' ')}) since ${new Date().toISOString()}`
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      waiting.add(socket)
      socket.on('error', () => undefined).once('close', () => waiting.delete(socket))
      socket.unref()
      socket.write(`${me}\n`)
    })
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(path, () => {
      server.unref() // a lock alone keeps no process alive
      resolve({ [Symbol.asyncDispose]: () => release(server, waiting) })
    })
  })
}

function release(server: Server, waiting: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of waiting) socket.destroy()
  })
}

/** Ends when the holder lets go or dies, or after `limitMs`. */
function untilFree(path: string, limitMs: number, heard: (holder: string) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const limit = setTimeout(() => socket.destroy(), limitMs)
    socket.on('error', () => undefined)
    socket.setEncoding('utf8').once('data', (text: string) => heard(text.trim()))
    socket.once('close', () => {
      clearTimeout(limit)
      setTimeout(resolve, Math.min(retryMs, limitMs))
    })
  })
}
