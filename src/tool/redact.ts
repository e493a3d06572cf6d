/** Keeps a machine's secrets on the machine: in what it says of itself each value is replaced by the name of its secret. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Fewer characters cannot be told from ordinary text, which replacing them would deface. */
const shortest = 6

/** Everything that stands in a folder of secrets, by the name of its file: also what a fault put aside there, or in another's place. */
export function secretsIn(directory: string): ReadonlyMap<string, string> {
  const names = existsSync(directory) ? readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile()) : []
  return new Map(names.map(({ name }) => [name, readFileSync(join(directory, name), 'utf8').trim()]))
}

/** Also where a value stands as JSON writes it. The longest first, so that a secret that contains another leaves nothing of itself. */
export function withoutSecrets(text: string, secrets: ReadonlyMap<string, string>): string {
  return [...secrets]
    .flatMap(([name, value]) => [value, JSON.stringify(value).slice(1, -1)].map((written) => ({ name, written })))
    .filter(({ written }) => written.length >= shortest)
    .toSorted((a, b) => b.written.length - a.written.length)
    .reduce((left, { name, written }) => left.replaceAll(written, () => `[secret ${name}]`), text)
}
