/** The verdict as a document. The same verdict gives the same bytes. */
import type { Pool } from '../verdict/pool.ts'
import type { Verdict } from '../verdict.ts'

export function renderJson(verdict: Verdict | Pool): string {
  const text = JSON.stringify(verdict, null, 2)
  // Lists of numbers are places in the journal, often dozens: on a line of their own each, they would bury everything else.
  const inline = text.replace(/\[\n\s+(?:-?[\d.e+-]+,\n\s+)*-?[\d.e+-]+\n\s+\]/g, (list) => list.replaceAll(/\s*\n\s*/g, ' '))
  return `${inline}\n`
}
