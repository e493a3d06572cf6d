/**
 * `npm run bench [-- --only ID,ID] [--write] [--list]`: what it costs, each figure beside what it is compared with, in one run. A row is
 * said as soon as it is measured, and one that fails keeps no other from it. Where all rows were measured, or with `--write`,
 * docs/benchmarks.md says what was printed.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exitCode } from '../src/base/errors.ts'
import { projectRoot } from '../src/base/project.ts'
import { commitOf } from '../src/run/commit.ts'
import { chosen, measureAll } from './measure.ts'
import { pageWith } from './page.ts'
import { targetOf } from './row.ts'
import { everyGroup } from './rows.ts'

const page = join(projectRoot, 'docs', 'benchmarks.md')
const all = everyGroup()
const rows = all.flatMap((group) => group.rows)
const say = (line: string) => void process.stdout.write(`${line}\n`)

const asked = askedFor()
if (asked === undefined) process.exitCode = exitCode.usage
else if (asked.list) for (const row of rows) say(`${row.id.padEnd(18)} ${row.what}; target ${targetOf(row)}\n${' '.repeat(18)} ${row.how}`)
else process.exitCode = await bench(asked)

/** @returns nothing where it was asked wrongly, which is said then */
function askedFor() {
  try {
    const { values } = parseArgs({
      options: { only: { type: 'string' }, write: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
    })
    return { ...values, groups: chosen(all, values.only?.split(',')) }
  } catch (error) {
    process.stderr.write(`npm run bench: ${(error as Error).message}\n`)
    return undefined
  }
}

async function bench({ groups, write, only }: NonNullable<ReturnType<typeof askedFor>>): Promise<number> {
  const { commit, dirty } = await commitOf(projectRoot)
  const results = await measureAll(groups, say)
  const counted = (kind: 'measured' | 'failed' | 'notMeasured') => results.filter(({ outcome }) => kind in outcome).length
  const failed = counted('failed')
  say(`${counted('measured')} measured, ${counted('notMeasured')} not measured, ${failed} failed`)
  if (write || (only === undefined && failed === 0)) {
    const at = `${commit?.slice(0, 7) ?? 'no commit'}${dirty ? ' and changes' : ''}, ${new Date().toISOString().slice(0, 10)}`
    writeFileSync(page, pageWith(readFileSync(page, 'utf8'), rows, results, at))
    say('docs/benchmarks.md says so now')
  }
  return failed === 0 ? exitCode.go : exitCode.noGo
}
