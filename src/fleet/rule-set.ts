/**
 * The rules of the alerting server in a form that can be compared: as the profile deploys them, and as the server says that it
 * evaluates them. A server prints an expression in its own way, so that spaces, the order of matchers, and the units of a range count
 * for nothing.
 */
import { createHash } from 'node:crypto'
import type { AlertingRule } from '../journal/reported-event.ts'
import { alertRules } from './alert-rules.ts'
import { type AlertTimes, durationMsOf } from './alert-times.ts'

/** Without what a defect does to them. */
export function deployedRules(times: AlertTimes): readonly AlertingRule[] {
  return alertRules(times).map((rule) =>
    'alert' in rule
      ? alertingRule('alert', rule.alert, rule.expr, rule.for === undefined ? 0 : durationMsOf(rule.for), rule.labels)
      : alertingRule('record', rule.record, rule.expr, 0, {}),
  )
}

export function alertingRule(
  kind: AlertingRule['kind'],
  name: string,
  expr: string,
  forMs: number,
  labels: AlertingRule['labels'],
): AlertingRule {
  const exprHash = createHash('sha256').update(plainExpr(expr)).digest('hex').slice(0, hashDigits)
  return { kind, name, exprHash, forMs, labels }
}

const hashDigits = 16
/** A text in quotes, a list of matchers, a range, white space. */
const parts = /"(?:[^"\\]|\\.)*"|\{(?:"(?:[^"\\]|\\.)*"|[^"}])*\}|\[[\dhms]+\]|\s+/g
const matchers = /[^\s,"]+"(?:[^"\\]|\\.)*"/g

function plainExpr(expr: string): string {
  return expr.replace(parts, (part) => {
    if (part.startsWith('{')) return `{${(part.slice(1, -1).match(matchers) ?? []).sort().join(',')}}`
    if (part.startsWith('[')) return `[${durationMsOf(part.slice(1, -1))}]`
    return part.startsWith('"') ? part : ''
  })
}
