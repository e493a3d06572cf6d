/**
 * Takes this namespace's name server away, which the engine puts at 127.0.0.11. `tool mute` drops every packet to it;
 * `tool false-names --answer refuse|ADDRESS` answers in its place, until it is killed; `tool look-up` asks it, as everyone here does.
 */
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Static } from 'typebox'
import type { lookUp as found } from '../answers/network.ts'
import { flags, one, some } from './flags.ts'
import { insertRules, isOf, listRules, type Rule } from './rules.ts'
import { done, type Io, refuse } from './verb.ts'

export const nameServer = '127.0.0.11'
/** Where nobody listens: the engine's own rules lead what is sent there to another port. */
const port = 53
const patienceMs = 400

/** On its way in: whoever sends what is dropped on the way out is told so at once, and does not wait. */
function drop(...match: readonly string[]): Rule {
  return { table: 'filter', chain: 'INPUT', words: ['-d', nameServer, ...match, '-j', 'DROP'] }
}

/**
 * Past the engine's rules, to whoever listens there. A redirection would do it too, and the kernel would remember it for two minutes:
 * whoever asked from the same port again would still be led to us after we had gone.
 */
function untracked(...match: readonly string[]): Rule {
  return { table: 'raw', chain: 'OUTPUT', words: ['-p', 'udp', ...match, '-j', 'CT', '--notrack'] }
}

/** Nothing is done where look-up goes elsewhere, does not work even now, or is already in somebody else's hands. */
export async function mute(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'by', 'names'])
  const servers = [...readFileSync('/etc/resolv.conf', 'utf8').matchAll(/^nameserver\s+(\S+)/gm)].map(([, address]) => address)
  if (servers.join() !== nameServer)
    return refuse(io, `names are looked up at ${servers.join(', ') || 'nowhere'}, and not at ${nameServer}`)
  const foreign = (await listRules(io)).find(
    ({ chain, text }) => /^(IN|OUT)PUT$/.test(chain) && text.includes(nameServer) && !text.includes('-j DOCKER_OUTPUT'),
  )
  if (foreign) return refuse(io, `a rule that is not this fault's stands in the way: ${foreign.table} ${foreign.text}`)
  for (const name of some(found, 'names')) {
    const { problem } = await ask(name)
    if (problem !== null) return refuse(io, `${name} is not found even now: ${problem}`)
  }
  if (one(found, 'by') === 'silence') await insertRules(one(found, 'lease'), [drop()], io)
  return done
}

export async function falseNames(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'answer'])
  const wanted = one(found, 'answer')
  const answer = wanted === 'refuse' ? refusal : (question: Buffer) => wrongAnswer(question, wanted)
  const socket = createSocket('udp4')
  socket.on('message', (question, from) => {
    const text = answer(question)
    if (text !== undefined) socket.send(text, from.port, from.address)
  })
  socket.bind(port, nameServer)
  await once(socket, 'listening')
  await insertRules(
    one(found, 'lease'),
    [
      untracked('-d', nameServer, '--dport', String(port)),
      untracked('-s', nameServer, '--sport', String(port)),
      // Whoever asks again over TCP must not be told the truth.
      drop('-p', 'tcp'),
    ],
    io,
  )
  for (;;) await sleep(60_000)
}

const headerLength = 12

/** SERVFAIL: the server itself cannot say. */
export function refusal(question: Buffer): Buffer | undefined {
  const end = endOfQuestion(question)
  if (end === undefined) return undefined
  const answer = Buffer.from(question.subarray(0, end))
  answer.writeUInt16BE(0x8182, 2)
  answer.fill(0, 6, headerLength)
  return answer
}

/** The same wrong address for every name; of any other kind of record there is none. */
export function wrongAnswer(question: Buffer, address: string): Buffer | undefined {
  const end = endOfQuestion(question)
  if (end === undefined) return undefined
  const head = Buffer.from(question.subarray(0, end))
  head.writeUInt16BE(0x8180, 2)
  head.fill(0, 6, headerLength)
  const isAddress = question.readUInt16BE(end - 4) === 1
  if (!isAddress) return head
  head.writeUInt16BE(1, 6)
  const record = Buffer.from([0xc0, headerLength, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)])
  return Buffer.concat([head, record])
}

/** @returns undefined for what is no single question */
function endOfQuestion(question: Buffer): number | undefined {
  if (question.length < headerLength || question.readUInt16BE(4) !== 1) return undefined
  let at = headerLength
  while (at < question.length && question[at] !== 0) at += (question[at] as number) + 1
  return at + 5 <= question.length ? at + 5 : undefined
}

export async function lookUp(args: readonly string[], io: Io): Promise<Static<typeof found.answer>> {
  const given = flags(args, ['lease', 'names'])
  const lease = one(given, 'lease')
  const names = some(given, 'names')
  const answers = await Promise.all(names.map(async (name) => [name, await ask(name)] as const))
  const rules = (await listRules(io)).filter((each) => isOf(lease, each))
  const packets = rules.reduce((sum, rule) => sum + rule.packets, 0)
  return { rules: rules.length, packets, names: Object.fromEntries(answers) }
}

interface Answer {
  readonly address: string | null
  /** The code of what went wrong. */
  readonly problem: string | null
}

async function ask(name: string): Promise<Answer> {
  const resolver = new Resolver({ timeout: patienceMs, tries: 1 })
  resolver.setServers([nameServer])
  return resolver.resolve4(name).then(
    ([address]) => (address === undefined ? { address: null, problem: 'ENODATA' } : { address, problem: null }),
    (error: NodeJS.ErrnoException) => ({ address: null, problem: error.code ?? error.message }),
  )
}
