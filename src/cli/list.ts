/** `./gauntlet list`: what there is to run, inject, judge and bring up, by the names the command line takes. */
import { scenariosDirectory } from '../base/project.ts'
import { checkOf, criteria } from '../checks/index.ts'
import { faults } from '../faults/index.ts'
import { readDefects, whereSought } from '../fleet/defects.ts'
import { readProfiles } from '../fleet/profiles.ts'
import { vocabularyOf } from '../run/request.ts'
import { openLibrary } from '../scenario/library.ts'
import type { Arguments } from './arguments.ts'
import { judging } from './judging.ts'

type Entries = Readonly<Record<string, string>>

export async function list(args: Arguments): Promise<number> {
  const library = openLibrary(scenariosDirectory, vocabularyOf(judging))
  const all: Readonly<Record<string, Entries>> = {
    suites: Object.fromEntries(library.suiteNames.map((name) => [name, library.suite(name).scenarios.join(', ')])),
    scenarios: Object.fromEntries(library.scenarioNames.map((name) => [name, library.scenario(name).hypothesis])),
    faults: Object.fromEntries(Object.values(faults).map(({ kind, summary }) => [kind, summary])),
    criteria: Object.fromEntries(criteria.flatMap(({ id, promise }) => (checkOf(id) ? [[id, promise]] : []))),
    profiles: Object.fromEntries(
      readProfiles().map(({ name, legacy, mitigations }) => [
        name,
        `${legacy} legacy agents; ${mitigations.join(', ') || 'no mitigation'}`,
      ]),
    ),
    defects: Object.fromEntries(readDefects().map((defect) => [defect.id, `${defect.sentence}; ${whereSought(defect)}`])),
  }
  process.stdout.write(args.has('json') ? `${JSON.stringify(all, undefined, 2)}\n` : Object.entries(all).map(section).join('\n'))
  return 0
}

function section([title, entries]: [string, Entries]): string {
  const width = Math.max(...Object.keys(entries).map((name) => name.length))
  return [title, ...Object.entries(entries).map(([name, about]) => `  ${name.padEnd(width)}  ${about}`), ''].join('\n')
}
