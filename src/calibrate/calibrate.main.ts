/** `npm run calibrate` prints the calibration table; `npm run calibrate -- --write` puts it into docs/reading-results.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { contradictions, tableOf } from './simulation.ts'
import { calibration, publishedTrials } from './simulations.ts'

const page = resolve(import.meta.dirname, '../../docs/reading-results.md')
const between = /(<!-- calibration -->\n)[\s\S]*?(<!-- end of calibration -->)/

const rows = calibration(publishedTrials)
const table = tableOf(rows)
process.stdout.write(table)
if (process.argv.includes('--write')) {
  const text = readFileSync(page, 'utf8')
  writeFileSync(
    page,
    text.replace(between, (_, open: string, close: string) => `${open}${table}${close}`),
  )
}
const wrong = rows.flatMap(contradictions)
for (const line of wrong) process.stderr.write(`${line}\n`)
process.exitCode = wrong.length === 0 ? 0 : 1
