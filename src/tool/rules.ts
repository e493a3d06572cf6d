/**
 * Firewall rules of a lease, in the namespace that this runs in. Each carries the lease in its comment; nothing that does not is ever
 * named, changed or moved. A set of rules comes and goes in one call, so that half of it never stands.
 */
import type { Io } from './verb.ts'

export interface Rule {
  readonly table: 'filter' | 'nat' | 'raw'
  readonly chain: 'INPUT' | 'OUTPUT' | 'PREROUTING'
  /** What it matches and where it jumps, as iptables has it; without a jump it only counts. */
  readonly words: readonly string[]
}

/** A rule as the kernel lists it. */
export interface Listed {
  readonly table: string
  readonly chain: string
  readonly packets: number
  /** From the chain's name on, as `iptables-save` writes it. */
  readonly text: string
}

export function commentOf(lease: string): string {
  return `gauntlet:${lease}`
}

/** Every rule of the namespace, in order. @throws when the kernel's rules cannot be read */
export async function listRules(io: Io): Promise<readonly Listed[]> {
  const { exitCode, stdout, stderr } = await io.run({ argv: ['iptables-save', '-c'] })
  if (exitCode !== 0) throw new Error(`iptables-save ended with ${exitCode}: ${stderr.trim()}`)
  return parseRules(stdout)
}

export function parseRules(saved: string): readonly Listed[] {
  let table = ''
  return saved.split('\n').flatMap((line) => {
    if (line.startsWith('*')) table = line.slice(1)
    const [, packets, text, chain] = /^\[(\d+):\d+\] -A ((\S+).*)$/.exec(line) ?? []
    return text === undefined || chain === undefined ? [] : [{ table, chain, packets: Number(packets), text }]
  })
}

export function isOf(lease: string, { text }: Listed): boolean {
  return new RegExp(`--comment "?${RegExp.escape(commentOf(lease))}"?(?: |$)`).test(text)
}

/** In front of whatever is there, in this order. @throws with the kernel's own words, and then none of them stands */
export async function insertRules(lease: string, rules: readonly Rule[], io: Io): Promise<void> {
  const places = new Map<string, number>()
  const lines = rules.map((rule) => {
    const key = `${rule.table} ${rule.chain}`
    const place = (places.get(key) ?? 0) + 1
    places.set(key, place)
    const comment = ['-m', 'comment', '--comment', `"${commentOf(lease)}"`]
    const jump = rule.words.indexOf('-j')
    const [match, target] = jump < 0 ? [rule.words, []] : [rule.words.slice(0, jump), rule.words.slice(jump)]
    return { table: rule.table, line: ['-I', rule.chain, place, ...match, ...comment, ...target].join(' ') }
  })
  await restore(lines, io)
}

/** All of the lease's, and no other. Also when there are none. @throws with the kernel's own words, and then all of them stand */
export async function removeRules(lease: string, io: Io): Promise<void> {
  const found = (await listRules(io)).filter((rule) => isOf(lease, rule))
  if (found.length === 0) return
  await restore(
    found.map(({ table, text }) => ({ table, line: `-D ${text}` })),
    io,
  )
}

async function restore(lines: readonly { readonly table: string; readonly line: string }[], io: Io): Promise<void> {
  const tables = [...Map.groupBy(lines, ({ table }) => table)]
  const text = tables.map(([table, own]) => `*${table}\n${own.map(({ line }) => `${line}\n`).join('')}COMMIT\n`).join('')
  const { exitCode, stderr } = await io.run({ argv: ['iptables-restore', '--noflush', '-w', '5'], stdin: text })
  if (exitCode !== 0) throw new Error(`iptables-restore ended with ${exitCode}: ${stderr.trim()}`)
}
