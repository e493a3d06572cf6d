/** Writes a verdict beside the journal it was judged from, and the manifest that vouches for all of it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GauntletError } from '../base/errors.ts'
import { manifestName, manifestOf } from '../journal/manifest.ts'
import type { Verdict } from '../verdict.ts'
import { renderJson } from './json.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'

/** To add a renderer: its file name and its function. */
const renderers = {
  'verdict.json': renderJson,
  'junit.xml': renderJunit,
  'summary.md': renderMarkdown,
} as const satisfies Record<string, (verdict: Verdict) => string>

/** @throws GauntletError harness/journal when a report cannot be written */
export function writeReports(directory: string, verdict: Verdict): void {
  try {
    for (const [name, render] of Object.entries(renderers)) writeFileSync(join(directory, name), render(verdict))
    const manifest = manifestOf(directory, ['journal.ndjson', ...Object.keys(renderers)])
    writeFileSync(join(directory, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
  } catch (cause) {
    throw new GauntletError(
      'harness/journal',
      `write the reports to ${directory}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}
