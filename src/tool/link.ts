/**
 * `tool degrade` makes a link worse, as far as what this machine sends on the data network goes, after it has measured how good it is;
 * `tool link-state` measures again, and says by which means each part is done.
 *
 *     tool degrade --lease L --own pc2.lan --witness HOST:PORT… [--peers HOST…] [--loss 0.1] [--delay MS] [--jitter MS] [--rate BITS]
 *                  [--services HOST:PORT…] [--inbound PORT…]
 *
 *     means delay=proxy
 *     delay before=0.9ms during=603.1ms shown
 */
import { flags, one, some } from './flags.ts'
import { addressOf, deviceOf, type Endpoint, endpoints } from './lan.ts'
import { note, noted } from './lease-folder.ts'
import { answerMs, countLoss, floodBitsPerS, type LinkNote, type LinkWish, sendDatagrams } from './link-measure.ts'
import { foreignRoot, handleOf, isThere, type OwnQdisc } from './qdisc.ts'
import { insertRules, isOf, listRules, type Rule } from './rules.ts'
import { done, type Io, refuse } from './verb.ts'

export async function degrade(args: readonly string[], io: Io): Promise<number> {
  const known = ['lease', 'own', 'witness', 'peers', 'loss', 'delay', 'jitter', 'rate', 'services', 'inbound']
  const found = flags(args, known)
  const lease = one(found, 'lease')
  const wish = wishOf(found)
  const [own, peers, witnesses, services] = await Promise.all([
    addressOf(one(found, 'own')),
    Promise.all((found.peers ?? []).map(addressOf)),
    endpoints(some(found, 'witness')),
    endpoints(found.services ?? []),
  ])
  const device = deviceOf(own)
  const foreign = wish.rate !== undefined || wish.delayMs !== undefined ? await foreignRoot(device, io) : undefined
  if (foreign !== undefined) return refuse(io, `a queueing discipline that is not this fault's stands on ${device}: ${foreign}`)
  const measured = await firstAnswer(witnesses)
  if (measured === undefined) return refuse(io, `none of these answers even now: ${witnesses.map(({ name }) => name).join(', ')}`)
  const { witness } = measured
  const bitsPerS = wish.rate === undefined ? 0 : await floodBitsPerS({ device, witness }, floodOf(wish.rate))
  if (wish.rate !== undefined && bitsPerS < floodOf(wish.rate) / 2)
    return refuse(io, `${device} carries ${bitsPerS} bit/s even now: a limit of ${wish.rate} would not be felt`)

  const wantsQdisc = wish.rate !== undefined || wish.delayMs !== undefined
  const qdisc = { device, handle: handleOf(lease) }
  const base: LinkNote = {
    wish,
    device,
    witness,
    ...(wantsQdisc ? { qdisc } : {}),
    services,
    inbound: (found.inbound ?? []).map(Number),
    peers,
    before: { answerMs: measured.ms, bitsPerS },
  }
  note(lease, 'link', base)
  const delayBy = wish.delayMs === undefined ? undefined : peers.length > 0 ? 'proxy' : await tryNetem(wish, qdisc, io)
  if (delayBy !== undefined) note(lease, 'link', { ...base, delayBy })
  if (wish.rate !== undefined) await limit(wish.rate, qdisc, delayBy === 'netem', io)
  if (wish.loss !== undefined) await insertRules(lease, lossRules(device, peers, wish.loss), io)
  return done
}

/** Several times what is allowed, and what is allowed at once. */
function floodOf(rate: number): number {
  return 6 * rate + 4_000_000
}

function wishOf(found: Readonly<Record<string, readonly string[]>>): LinkWish {
  const number = (name: string) => (found[name] === undefined ? undefined : Number(one(found, name)))
  const [loss, delayMs, jitterMs, rate] = ['loss', 'delay', 'jitter', 'rate'].map(number)
  return {
    ...(loss === undefined ? {} : { loss }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(jitterMs === undefined ? {} : { jitterMs }),
    ...(rate === undefined ? {} : { rate }),
  }
}

/** A neighbour that is well answers in a few milliseconds; one that never does, such as a legacy agent, must not delay the fault. */
const unhurtMs = 700

async function firstAnswer(witnesses: readonly Endpoint[]): Promise<{ readonly witness: Endpoint; readonly ms: number } | undefined> {
  for (const witness of witnesses) {
    const ms = await answerMs(witness, unhurtMs)
    if (ms !== undefined) return { witness, ms }
  }
  return undefined
}

/** A rule without a target counts what the next one may drop. */
export function lossRules(device: string, peers: readonly string[], loss: number): readonly Rule[] {
  const whom = peers.length > 0 ? peers.map((address) => ['-d', address]) : [[]]
  return whom.flatMap((address): Rule[] => {
    const match = ['-o', device, ...address]
    const chance = ['-m', 'statistic', '--mode', 'random', '--probability', String(loss)]
    return [
      { table: 'filter', chain: 'OUTPUT', words: match },
      { table: 'filter', chain: 'OUTPUT', words: [...match, ...chance, '-j', 'DROP'] },
    ]
  })
}

/** A kernel without netem says so at once, and then new connections are led through a proxy of ours that waits. */
async function tryNetem({ delayMs, jitterMs }: LinkWish, { device, handle }: OwnQdisc, io: Io): Promise<'netem' | 'proxy'> {
  const jitter = jitterMs === undefined ? [] : [`${jitterMs}ms`]
  const { exitCode } = await io.run({
    argv: ['tc', 'qdisc', 'add', 'dev', device, 'root', 'handle', handle, 'netem', 'delay', `${delayMs}ms`, ...jitter],
  })
  return exitCode === 0 ? 'netem' : 'proxy'
}

/** Bytes that may leave at once: some packets, or 20 ms of the rate. */
const leastBurst = 16_000

async function limit(rate: number, { device, handle }: OwnQdisc, belowNetem: boolean, io: Io): Promise<void> {
  const place = belowNetem ? ['parent', `${handle}1`] : ['root', 'handle', handle]
  const shape = ['tbf', 'rate', `${rate}bit`, 'burst', String(Math.max(leastBurst, Math.round(rate / 8 / 50))), 'latency', '400ms']
  const { exitCode, stderr } = await io.run({ argv: ['tc', 'qdisc', 'add', 'dev', device, ...place, ...shape] })
  if (exitCode !== 0) throw new Error(`tc qdisc add ended with ${exitCode}: ${stderr.trim()}`)
}

export async function linkState(args: readonly string[], io: Io): Promise<number> {
  const lease = one(flags(args, ['lease']), 'lease')
  const link = noted(lease, 'link')
  const own = (await listRules(io)).filter((rule) => isOf(lease, rule))
  const stands = link?.qdisc !== undefined && (await isThere(link.qdisc, io))
  io.print(own.length > 0 || stands ? `stands ${own.length} rules${stands ? ', qdisc' : ''}` : 'stands nothing')
  if (link === undefined) {
    io.print('link none: nothing was degraded')
    return done
  }
  const { wish, delayBy, before } = link
  if (wish.delayMs !== undefined) {
    if (delayBy !== undefined) io.print(`means delay=${delayBy}`)
    io.print(delayLine(wish, before.answerMs, await answerMs(link.witness)))
  }
  if (wish.loss !== undefined) {
    io.print('means loss=statistic')
    await sendDatagrams(link.witness)
    io.print(lossLine(wish.loss, await countLoss(lease, io)))
  }
  if (wish.rate !== undefined) {
    io.print('means rate=tbf')
    io.print(rateLine(wish.rate, before.bitsPerS, await floodBitsPerS(link, floodOf(wish.rate))))
  }
  return done
}

/** A fresh connection and its first answer wait twice: for the first packet, and for the question. */
const waits = 2

export function delayLine({ delayMs = 0, jitterMs = 0 }: LinkWish, before: number, during: number | undefined): string {
  const least = waits * (delayMs - jitterMs)
  const isLong = during !== undefined && during >= 0.95 * least
  const isLonger = during !== undefined && during - before >= 0.5 * least
  const word = isLong && isLonger ? 'shown' : during !== undefined && during < 0.5 * least ? 'absent' : 'unclear'
  return `delay before=${before.toFixed(1)}ms during=${during === undefined ? 'never' : `${during.toFixed(1)}ms`} ${word}`
}

/** Four standard errors around what was asked for. */
export function lossLine(loss: number, { seen, dropped }: { readonly seen: number; readonly dropped: number }): string {
  const expected = seen * loss
  const error = 4 * Math.sqrt(seen * loss * (1 - loss)) + 1
  const word = seen === 0 ? 'absent' : dropped > 0 && Math.abs(dropped - expected) <= error ? 'shown' : 'unclear'
  return `loss before=0 during=${dropped}/${seen} ${word}`
}

/** What was allowed to leave at once comes on top. */
export function rateLine(rate: number, before: number, during: number): string {
  const word = during <= 1.3 * rate + leastBurst * 8 * 4 ? 'shown' : during > 0.5 * before ? 'absent' : 'unclear'
  return `rate before=${before}bit/s during=${during}bit/s ${word}`
}
