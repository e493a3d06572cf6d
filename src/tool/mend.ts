/** `tool mend --lease L` takes away what a lease put into this machine's network: its rules, and the qdisc that carries its handle. The undo of every fault of the network. */
import { flags, one } from './flags.ts'
import { noted } from './lease-folder.ts'
import { removeOwnQdisc } from './qdisc.ts'
import { removeRules } from './rules.ts'
import { done, type Io } from './verb.ts'

export async function mend(args: readonly string[], io: Io): Promise<number> {
  const lease = one(flags(args, ['lease']), 'lease')
  await removeRules(lease, io)
  const qdisc = noted(lease, 'link')?.qdisc
  if (qdisc !== undefined) await removeOwnQdisc(qdisc, io)
  return done
}
