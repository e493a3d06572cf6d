/**
 * `npm run ground-truth` makes 60 outages of 0.2 to 30 s and shows how each was measured; with `--write` the summary goes into
 * docs/reading-results.md. Exit code 0 only when each error is within an interval of the probes, and their mean size within half of one.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { exitCode } from '../src/base/errors.ts'
import { newSeed } from '../src/run/identity.ts'
import { contradictions, groundTruth, listOf, summaryOf } from './ground-truth.ts'

const page = resolve(import.meta.dirname, '../docs/reading-results.md')
const between = /(<!-- ground truth -->\n)[\s\S]*?(<!-- end of ground truth -->)/

const { values } = parseArgs({ options: { seed: { type: 'string', default: `${newSeed()}` }, write: { type: 'boolean', default: false } } })
const rows = await groundTruth(60, 30_000, Number(values.seed))
process.stdout.write(`seed ${values.seed}\n${listOf(rows)}\n${summaryOf(rows)}`)
if (values.write) {
  const text = readFileSync(page, 'utf8')
  writeFileSync(
    page,
    text.replace(between, (_, open: string, close: string) => `${open}${summaryOf(rows)}${close}`),
  )
}
const wrong = contradictions(rows)
for (const line of wrong) process.stderr.write(`${line}\n`)
process.exitCode = wrong.length === 0 ? exitCode.go : exitCode.noGo
