/** Whether the alerting server evaluates the rules that were deployed, lately, without an error, and over the whole fleet. */
import type { AlertingRule, ExpectedAlert } from '../../journal/event.ts'
import type { History } from '../../journal/history.ts'
import type { Read } from './delivered.ts'

/** Looks that may fail in a row on a busy machine, before it counts as silence. */
const looks = 6
const leastLookMs = 5_000

/** @returns why silence of these rules says nothing */
export function ruleDoubts(history: History, reads: readonly Read[], after: Read, expected: readonly ExpectedAlert[]): readonly string[] {
  const { rules } = after
  if (rules === null) return ['the alerting server did not say which rules it evaluates']
  const toleratedMs = looks * Math.max(leastLookMs, after.heartbeatEveryMs)
  const agents = history.topology?.agents.length ?? 0
  const absent = expected.filter(({ alert }) => !rules.names.includes(alert)).map(({ alert }) => alert)
  return [
    ...(rules.ageMs > toleratedMs ? [`the alerting server last evaluated its rules ${(rules.ageMs / 1000).toFixed(1)} s before`] : []),
    ...(agents === 0 || rules.agentsSeen < agents ? [`the alerting server sees ${rules.agentsSeen} of ${agents} agents`] : []),
    ...(rules.names.length === 0 ? ['the alerting server evaluates no rule'] : []),
    ...(rules.broken.length > 0 ? [`the alerting server cannot evaluate ${rules.broken.join(', ')}`] : []),
    ...(absent.length > 0 ? [`the alerting server has no rule ${[...new Set(absent)].join(', ')}`] : []),
    ...(after.deployed.length === 0 ? ['the journal does not say which rules were deployed'] : []),
    ...new Set(reads.flatMap(({ deployed, rules }) => (rules ? differences(deployed, rules.evaluated) : []))),
  ]
}

function differences(deployed: readonly AlertingRule[], evaluated: readonly AlertingRule[]): readonly string[] {
  const names = [...new Set([...deployed, ...evaluated].map(({ name }) => name))].sort()
  return names.flatMap((name): string[] => {
    const [wanted, found] = [deployed, evaluated].map((rules) => rules.filter((rule) => rule.name === name)) as [
      AlertingRule[],
      AlertingRule[],
    ]
    if (found.length === 0) return [`the alerting server does not evaluate ${name}, which was deployed`]
    if (wanted.length === 0) return [`the alerting server evaluates ${name}, which was not deployed`]
    if (isEqual(found.map(whole), wanted.map(whole))) return []
    return [`the alerting server evaluates ${name} with ${unlike(wanted, found)} deployed`]
  })
}

/** What of several rules of one name is not alike. */
function unlike(wanted: readonly AlertingRule[], found: readonly AlertingRule[]): string {
  const differ = (of: (rule: AlertingRule) => unknown) => !isEqual(wanted.map(of), found.map(of))
  if (differ(({ exprHash }) => exprHash)) return 'another expression than was'
  if (differ(({ forMs }) => forMs)) return 'another `for` than was'
  if (differ(({ labels }) => sorted(labels))) return 'other labels than were'
  return 'another kind than was'
}

function whole({ kind, exprHash, forMs, labels }: AlertingRule): unknown {
  return [kind, exprHash, forMs, sorted(labels)]
}

function sorted(labels: AlertingRule['labels']): unknown {
  return Object.keys(labels)
    .sort()
    .map((name) => [name, labels[name]])
}

/** In whatever order. */
function isEqual(some: readonly unknown[], others: readonly unknown[]): boolean {
  const plain = (all: readonly unknown[]) => JSON.stringify(all.map((each) => JSON.stringify(each)).sort())
  return plain(some) === plain(others)
}
