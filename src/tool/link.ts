/**
 * `tool degrade` makes a link worse, as far as what this machine sends on the data network goes, after it has measured how good it is;
 * `tool link-state` measures again, and says by which means each part is done; with `--without-flood`, all but the rate.
 *
 *     tool degrade --lease L --own pc2.lan --witness HOST:PORT… [--peers HOST…] [--loss 0.1] [--delay MS] [--jitter MS] [--rate BITS]
 *                  [--services HOST:PORT…] [--inbound PORT…]
 */
import type { Static } from 'typebox'
import type { linkState as links } from '../answers/network.ts'
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

type State = Static<typeof links.answer>
type Part = NonNullable<State['delay']>

export async function linkState(args: readonly string[], io: Io): Promise<State> {
  const found = flags(args, ['lease', 'without-flood'])
  const lease = one(found, 'lease')
  const link = noted(lease, 'link')
  const rules = (await listRules(io)).filter((rule) => isOf(lease, rule)).length
  const qdisc = link?.qdisc !== undefined && (await isThere(link.qdisc, io))
  const standing = { rules, qdisc }
  if (link === undefined) return { wasDegraded: false, ...standing, delay: null, loss: null, rate: null, means: [] }
  const { wish, delayBy, before } = link
  const delay = wish.delayMs === undefined ? null : delayPart(wish, delayBy ?? 'nothing', before.answerMs, await answerMs(link.witness))
  if (wish.loss !== undefined) await sendDatagrams(link.witness)
  const loss = wish.loss === undefined ? null : lossPart(wish.loss, await countLoss(lease, io))
  const isFlooded = wish.rate !== undefined && found['without-flood'] === undefined
  const rate = isFlooded ? ratePart(wish.rate, before.bitsPerS, await floodBitsPerS(link, floodOf(wish.rate))) : null
  const means = Object.entries({ delay, loss, rate }).flatMap(([name, part]) => (part === null ? [] : [`${name} by ${part.means}`]))
  return { wasDegraded: true, ...standing, delay, loss, rate, means }
}

/** A fresh connection and its first answer wait twice: for the first packet, and for the question. */
const waits = 2

export function delayPart({ delayMs = 0, jitterMs = 0 }: LinkWish, means: string, before: number, during: number | undefined): Part {
  const least = waits * (delayMs - jitterMs)
  const isLong = during !== undefined && during >= 0.95 * least
  const isLonger = during !== undefined && during - before >= 0.5 * least
  const is = isLong && isLonger ? 'shown' : during !== undefined && during < 0.5 * least ? 'absent' : 'unclear'
  return { means, before: tenth(before), during: during === undefined ? null : tenth(during), unit: 'ms', is }
}

/** Four standard errors around what was asked for. */
export function lossPart(loss: number, { seen, dropped }: { readonly seen: number; readonly dropped: number }): Part {
  const expected = seen * loss
  const error = 4 * Math.sqrt(seen * loss * (1 - loss)) + 1
  const is = seen === 0 ? 'absent' : dropped > 0 && Math.abs(dropped - expected) <= error ? 'shown' : 'unclear'
  return { means: 'statistic', before: 0, during: dropped, unit: `of ${seen} packets`, is }
}

/** What was allowed to leave at once comes on top. */
export function ratePart(rate: number, before: number, during: number): Part {
  const is = during <= 1.3 * rate + leastBurst * 8 * 4 ? 'shown' : during > 0.5 * before ? 'absent' : 'unclear'
  return { means: 'tbf', before, during, unit: 'bit/s', is }
}

function tenth(ms: number): number {
  return Math.round(ms * 10) / 10
}
