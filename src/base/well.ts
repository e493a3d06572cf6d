/** What the fleet's own words for being well are: agents say them of themselves, and a registry of whoever it hears of. */

const wellWords: ReadonlySet<string> = new Set(['ok', 'healthy', 'online'])

/**
 * In any case. Everything else is not: `degraded` and `error` say so themselves, and a word nobody agreed on is no evidence of health.
 */
export function isWell(status: string): boolean {
  return wellWords.has(status.toLowerCase())
}
