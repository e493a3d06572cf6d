/** `--abort-if CONDITION`: when every fault is to end, in the words of the command line. */
import { GauntletError, type Problem } from '../base/errors.ts'
import type { AbortCondition } from './abort.ts'

const expected = 'uptime=0.95, bystanders=3 or disk=95%, each at most once'

/** @throws GauntletError usage/arguments with every one that cannot be read */
export function abortConditions(texts: readonly string[]): readonly AbortCondition[] {
  const read = texts.map(conditionOf)
  const problems = read.flatMap((condition, index): Problem[] => {
    if (condition === undefined) return [{ message: `--abort-if: "${texts[index]}" is no condition`, expected }]
    const again = read.slice(0, index).some((other) => other?.kind === condition.kind)
    return again ? [{ message: `--abort-if: ${condition.kind} is given twice`, expected }] : []
  })
  if (problems.length > 0) throw new GauntletError('usage/arguments', 'reading when to abort', { problems })
  return read.filter((condition) => condition !== undefined)
}

function conditionOf(text: string): AbortCondition | undefined {
  const [, kind = '', value = ''] = /^(uptime|bystanders|disk)=([\d.]+%?)$/.exec(text) ?? []
  if (kind === 'bystanders') return /^[1-9]\d*$/.test(value) ? { kind, limit: Number(value), text } : undefined
  const limit = shareOf(value)
  if (limit === undefined || limit <= 0 || limit > 1) return undefined
  return kind === 'uptime' || kind === 'disk' ? { kind, limit, text } : undefined
}

/** 0.95, or 95%. */
function shareOf(value: string): number | undefined {
  if (/^\d+(\.\d+)?%$/.test(value)) return Number.parseFloat(value) / 100
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined
}
