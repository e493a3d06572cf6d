/**
 * Reads the Prometheus text exposition format (version 0.0.4), strictly: a text that a real Prometheus might refuse is no
 * evidence that an agent can be scraped.
 */
export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export type Exposition =
  | { readonly problem: null; readonly samples: readonly Series[] }
  /** The first thing wrong, with its line. */
  | { readonly problem: string; readonly samples: readonly [] }

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const types = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const
type MetricType = (typeof types)[number]

interface Family {
  type?: MetricType
  help?: string
  sampled?: boolean
}

/** Raised inside the parser only; `readExposition` turns it into a problem. */
class Wrong extends Error {}

export function readExposition(text: string): Exposition {
  if (text !== '' && !text.endsWith('\n')) return { problem: 'the last line does not end', samples: [] }
  const families = new Map<string, Family>()
  const seen = new Set<string>()
  const samples: Series[] = []
  let number = 0
  try {
    for (const line of text.split('\n')) {
      number += 1
      if (line.trim() === '') continue
      if (line.startsWith('#')) readComment(line, families)
      else samples.push(readSample(line, families, seen))
    }
  } catch (error) {
    if (error instanceof Wrong) return { problem: `line ${number}: ${error.message}`, samples: [] }
    throw error
  }
  return samples.length === 0 ? { problem: 'there is no sample', samples: [] } : { problem: null, samples }
}

/** HELP and TYPE come at most once a metric, TYPE before its first sample; any other comment is one. */
function readComment(line: string, families: Map<string, Family>): void {
  const [, keyword, name, rest] = /^#[ \t]+(HELP|TYPE)(?:[ \t]+(\S+)(?:[ \t]+(.*))?)?$/.exec(line) ?? []
  if (keyword === undefined) return
  if (name === undefined || !metricName.test(name)) throw new Wrong(`${keyword} of no metric: ${quote(line)}`)
  const family = families.get(name) ?? {}
  families.set(name, family)
  if (keyword === 'HELP') {
    if (family.help !== undefined) throw new Wrong(`a second HELP of ${name}`)
    if (/\\(?![\\n])/.test((rest ?? '').replaceAll('\\\\', ''))) throw new Wrong(`HELP of ${name} has an unknown escape`)
    family.help = rest ?? ''
    return
  }
  const type = types.find((one) => one === rest?.trim())
  if (type === undefined) throw new Wrong(`${quote(rest ?? '')} is no type; there are ${types.join(', ')}`)
  if (family.type !== undefined) throw new Wrong(`a second TYPE of ${name}`)
  if (family.sampled) throw new Wrong(`TYPE of ${name} after its samples`)
  family.type = type
}

function readSample(line: string, families: Map<string, Family>, seen: Set<string>): Series {
  const name = /^[ \t]*([a-zA-Z_:][a-zA-Z0-9_:]*)/.exec(line)
  if (name === null) throw new Wrong(`no metric name at ${quote(line)}`)
  const metric = name[1] as string
  const afterName = line.slice(name[0].length).trimStart()
  const { labels, rest } = afterName.startsWith('{') ? readLabels(afterName) : { labels: {}, rest: line.slice(name[0].length) }
  const parts = /^[ \t]*(\S+)(?:[ \t]+(\S+))?[ \t]*$/.exec(rest)
  if (parts === null || (rest === line.slice(name[0].length) && !/^[ \t]/.test(rest))) throw new Wrong(`no value in ${quote(line)}`)
  const value = readValue(parts[1] as string)
  if (parts[2] !== undefined && !/^-?\d+$/.test(parts[2])) throw new Wrong(`${quote(parts[2])} is no timestamp`)

  const key = `${metric}${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`
  if (seen.has(key)) throw new Wrong(`${metric} with the same labels twice`)
  seen.add(key)
  const family = familyOf(metric, families)
  family.sampled = true
  checkReserved(metric, labels, family.type)
  return { name: metric, labels, value }
}

/** A histogram's or summary's parts belong to it; everything else is its own metric. */
function familyOf(metric: string, families: Map<string, Family>): Family {
  const base = /^(.+)_(?:bucket|sum|count)$/.exec(metric)?.[1]
  const owner = base === undefined ? undefined : families.get(base)
  const holds = owner?.type === 'histogram' || (owner?.type === 'summary' && !metric.endsWith('_bucket'))
  if (owner !== undefined && holds) return owner
  const own = families.get(metric) ?? {}
  families.set(metric, own)
  return own
}

function checkReserved(metric: string, labels: Readonly<Record<string, string>>, type: MetricType | undefined): void {
  const label =
    type === 'histogram' && metric.endsWith('_bucket') ? 'le' : type === 'summary' && !/_(sum|count)$/.test(metric) ? 'quantile' : undefined
  if (type === 'histogram' && !/_(bucket|sum|count)$/.test(metric)) throw new Wrong(`${metric} is a histogram and has a sample of its own`)
  if (label === undefined) return
  const bound = labels[label]
  if (bound === undefined) throw new Wrong(`${metric} of a ${type} has no label ${label}`)
  readValue(bound)
}

function readLabels(text: string): { readonly labels: Record<string, string>; readonly rest: string } {
  const labels: Record<string, string> = Object.create(null)
  let rest = text.slice(1).trimStart()
  while (!rest.startsWith('}')) {
    const pair = /^([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(,?)[ \t]*/.exec(rest)
    if (pair === null) throw new Wrong(`no label at ${quote(rest)}`)
    const [whole, label, raw, comma] = pair as unknown as [string, string, string, string]
    if (label in labels) throw new Wrong(`label ${label} twice`)
    if (label === '__name__') throw new Wrong('label __name__ is reserved')
    labels[label] = unescaped(raw)
    rest = rest.slice(whole.length)
    if (comma === '' && !rest.startsWith('}')) throw new Wrong(`no comma at ${quote(rest)}`)
  }
  return { labels, rest: rest.slice(1) }
}

function unescaped(raw: string): string {
  return raw.replace(/\\(.)/gs, (_, escaped: string) => {
    if (escaped === 'n') return '\n'
    if (escaped === '\\' || escaped === '"') return escaped
    throw new Wrong(`unknown escape \\${escaped} in a label`)
  })
}

function readValue(text: string): number {
  const special = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(text)
  if (special)
    return special[2]?.toLowerCase() === 'nan' ? Number.NaN : special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) throw new Wrong(`${quote(text)} is no value`)
  return Number(text)
}

/** Enough of it to find the place; a text may be long, and not meant for a terminal. */
function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
