/** A run's folder in, its verdict out. The manifest is looked at first: what was changed since is not judged. */
import { join } from 'node:path'
import type { History } from '../journal/history.ts'
import { verifyManifest } from '../journal/manifest.ts'
import { readHistory } from '../journal/reader.ts'
import type { Verdict } from '../verdict.ts'
import { judge } from './judge.ts'

/** @throws GauntletError usage/run when there is no journal, or it is not what it was */
export function judgeRun(directory: string): { readonly history: History; readonly verdict: Verdict } {
  verifyManifest(directory)
  const history = readHistory(join(directory, 'journal.ndjson'))
  return { history, verdict: judge(history) }
}
