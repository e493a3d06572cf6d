/**
 * `tool squat-room` makes room for a listener of ours: it stops the agents who own the ports, through their supervisor, and refuses
 * where anybody else does. `tool squat` then takes the ports, keeps them until it is killed, and lets the agents start into it.
 * `tool port-state` says who owns a port, by the kernel's own tables, and what each agent said in its log since.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Static } from 'typebox'
import type { portState as ports } from '../answers/network.ts'
import { logDirectory, supervisorSocket } from '../fleet/contract.ts'
import { targetRoot } from './cat.ts'
import { flags, one, some } from './flags.ts'
import { note, noted } from './lease-folder.ts'
import { ownersOf, type Proto } from './port-owners.ts'
import { done, type Io, refuse } from './verb.ts'

export async function squatRoom(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'proto', 'ports', 'process'])
  const lease = one(found, 'lease')
  const ports = some(found, 'ports').map(Number)
  const names = found.process ?? []
  const owners = ownersOf(one(found, 'proto') as Proto, ports)
  const foreign = [...owners].flatMap(([port, list]) =>
    list.filter(({ name }) => !names.includes(name ?? '')).map((owner) => ({ port, owner })),
  )
  if (foreign.length > 0) {
    const words = foreign.map(
      ({ port, owner: { name, comm, pid } }) => `port ${port} belongs to ${name ?? comm} (pid ${pid}), who is no target`,
    )
    return refuse(io, words.join('\n'))
  }
  const control = names.length === 0 ? undefined : await supervisorOf()
  const known = (await control?.getAllProcessInfo()) ?? []
  const absent = names.filter((name) => !known.some((process) => process.name === name))
  if (absent.length > 0) return refuse(io, `supervisord knows no process named ${absent.join(', ')}`)
  note(lease, 'logs', Object.fromEntries(names.map((name) => [name, sizeOf(logOf(name))])))
  for (const { name, group, statename } of known)
    if (names.includes(name) && ['RUNNING', 'STARTING', 'BACKOFF'].includes(statename)) await control?.stopProcess(`${group}:${name}`)
  return done
}

const againMs = 20

export async function squat(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'proto', 'address', 'ports', 'start'])
  const proto = one(found, 'proto') as Proto
  const address = one(found, 'address')
  for (const port of some(found, 'ports').map(Number)) while (!(await take(proto, port, address))) await sleep(againMs)
  const names = found.start ?? []
  if (names.length > 0) {
    const control = await supervisorOf()
    for (const { name, group } of await control.getAllProcessInfo())
      if (names.includes(name))
        await control.startProcess(`${group}:${name}`, false).catch((error: Error) => io.warn(`${name}: ${error.message}`))
  }
  for (;;) await sleep(60_000)
}

/** Takes connections and says nothing, as a program would that was never meant to be asked. */
async function take(proto: Proto, port: number, address: string): Promise<boolean> {
  try {
    if (proto === 'udp') {
      const socket = createSocket('udp4')
      socket.bind(port, address)
      await once(socket, 'listening')
    } else {
      const server = createServer((socket: Socket) => void socket.on('error', () => {}).resume())
      server.maxConnections = 1_000
      server.listen({ port, host: address })
      await once(server, 'listening')
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw error
  }
}

/**
 * `tool squat-end`, once the listener is dead: whoever we stopped and nobody started since is started again. Whom the supervisor tries
 * again is left to it, and so is whom it gave up: to be back without help once the port is free is what this fault asks of them.
 */
export async function squatEnd(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'proto', 'ports', 'process'])
  const names = some(found, 'process')
  if (noted(one(found, 'lease'), 'logs') === undefined) return done // it was refused: nobody was stopped by us
  const known = await (await supervisorOf()).getAllProcessInfo()
  const stopped = known.filter(({ name, statename }) => names.includes(name) && ['STOPPED', 'STOPPING'].includes(statename))
  if (stopped.length === 0) return done
  const { exitCode, stderr } = await io.run({ argv: ['tool', 'revive', ...stopped.map(({ name }) => name)] })
  if (exitCode !== done) io.warn(stderr.trim())
  return exitCode
}

export async function portState(args: readonly string[]): Promise<Static<typeof ports.answer>> {
  const found = flags(args, ['lease', 'proto', 'ports', 'process'])
  const lease = one(found, 'lease')
  const logs = noted(lease, 'logs')
  const owners = [...ownersOf(one(found, 'proto') as Proto, some(found, 'ports').map(Number))].map(([port, list]) => {
    const names = list.map(({ pid, comm, name }) => ({ name: name ?? (isOurs(pid, lease) ? 'ours' : `other pid=${pid} ${comm}`) }))
    return [String(port), { count: names.length, owners: names }] as const
  })
  const refused = (found.process ?? []).map((name) => {
    const line = since(logOf(name), logs?.[name] ?? 0).findLast((each) => each.includes('EADDRINUSE'))
    return [name, line ?? null] as const
  })
  return { wasTaken: logs !== undefined, ports: Object.fromEntries(owners), refused: Object.fromEntries(refused) }
}

function isOurs(pid: number, lease: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return words.includes('squat') && words.includes(lease)
  } catch {
    return false // it ended while we looked
  }
}

function logOf(name: string): string {
  return join(targetRoot, logDirectory, `${name}.log`)
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** What was written after it was so long; all of it where it was begun anew. */
function since(file: string, length: number): readonly string[] {
  try {
    const text = readFileSync(file)
    return text
      .subarray(text.length < length ? 0 : length)
      .toString()
      .split('\n')
  } catch {
    return [] // no log, no word
  }
}

async function supervisorOf() {
  const { supervisor } = await import('./supervisor.ts') // its XML parser would delay every other verb
  return supervisor(process.env.GAUNTLET_SUPERVISOR_SOCKET ?? join(targetRoot, supervisorSocket))
}
