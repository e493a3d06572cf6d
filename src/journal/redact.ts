/** Keeps secrets out of the journal: a registered value is replaced by its id before a line reaches the disk. */

export interface Redactor {
  /** @throws RangeError for a value so short that replacing it would deface ordinary text */
  register(id: string, value: string): void
  /** One JSON document in, the same document without any registered value out. */
  redact(json: string): string
}

const shortest = 6

export function createRedactor(): Redactor {
  /** Longest first, so that a secret that contains another leaves nothing of itself behind. */
  let secrets: { readonly mark: string; readonly value: string; readonly escaped: string }[] = []

  function clean(text: string): string {
    return secrets.reduce((left, { value, mark }) => left.replaceAll(value, mark), text)
  }

  return {
    register(id, value) {
      if (value.length < shortest)
        throw new RangeError(`secret ${id} has ${value.length} characters; fewer than ${shortest} cannot be told apart`)
      const secret = { mark: `[secret ${id}]`, value, escaped: JSON.stringify(value).slice(1, -1) }
      secrets = [...secrets.filter((other) => other.value !== value), secret].sort((a, b) => b.value.length - a.value.length)
    },
    redact(json) {
      // The text is searched first: walking every number of a batch of samples would cost more than all other writing.
      if (!secrets.some(({ escaped }) => json.includes(escaped))) return json
      return JSON.stringify(JSON.parse(json), (_key, value: unknown) => {
        if (typeof value === 'string') return clean(value)
        if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
        return Object.fromEntries(Object.entries(value).map(([name, inner]) => [clean(name), inner]))
      })
    },
  }
}
