/** Defects of the simulated fleet, by id: what is wrong, whose it is, and which criteria must catch it. Data, in fixtures/fleet/defects.yaml. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import Value from 'typebox/value'
import { parse } from 'yaml'
import { GauntletError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'

const words = Type.Array(Type.String({ minLength: 1 }), { minItems: 1, uniqueItems: true })
const fields = Type.Object(
  {
    sentence: Type.String({ minLength: 1 }),
    owners: words,
    scenario: Type.Optional(Type.String({ minLength: 1 })),
    uncaught: Type.Optional(Type.String({ minLength: 1 })),
    seen: Type.Optional(Type.String({ minLength: 1 })),
    on: Type.Object(
      {
        machine: Type.Optional(Type.String({ minLength: 1 })),
        agents: Type.Optional(Type.Integer({ minimum: 1 })),
        role: Type.Optional(Type.String({ minLength: 1 })),
        leaf: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false },
    ),
    against: Type.Optional(words),
  },
  { additionalProperties: false },
)
const defectsSchema = Type.Record(Type.String({ pattern: '^[A-Z][0-9]+$' }), fields, { additionalProperties: false })

export type Defect = { readonly id: string } & Readonly<Static<typeof fields>>

const defectsFile = join(import.meta.dirname, '../../fixtures/fleet/defects.yaml')

/** @throws GauntletError usage/file when the file is not one of defects, or one is against an id that there is not */
export function readDefects(text: string = readFileSync(defectsFile, 'utf8')): readonly Defect[] {
  const value: unknown = parse(text)
  if (!Value.Check(defectsSchema, value)) {
    const problems = [...Value.Errors(defectsSchema, value)].map(({ instancePath, message }) => ({ message: `${instancePath} ${message}` }))
    throw new GauntletError('usage/file', `reading the defects of ${defectsFile}`, { problems })
  }
  const all = Object.entries(value).map(([id, defect]) => ({ id, ...defect }))
  const problems = all.flatMap(({ id, against = [], scenario, uncaught }) => [
    ...against
      .filter((other) => !Object.hasOwn(value, other))
      .map((other) => ({ message: `${id} is against ${other}, which is no defect` })),
    ...((scenario === undefined) === (uncaught === undefined)
      ? [{ message: `${id} needs a scenario, or uncaught: why there is none` }]
      : []),
  ])
  if (problems.length > 0) throw new GauntletError('usage/file', `reading the defects of ${defectsFile}`, { problems })
  return all
}

/**
 * @returns the defects of these ids, each once, in the order of the file
 * @throws GauntletError usage/arguments for ids that there are not, and for two that cannot be shown in one fleet
 */
export function defectsOf(ids: readonly string[], all: readonly Defect[] = readDefects()): readonly Defect[] {
  const known = all.map(({ id }) => id)
  const strange = [...new Set(ids)]
    .filter((id) => !known.includes(id))
    .map((id) => ({ message: `--defect: there is no defect ${id}`, expected: nearest(id, known) ?? `one of ${known.join(', ')}` }))
  const wanted = all.filter(({ id }) => ids.includes(id))
  const contrary = wanted.flatMap(({ id, against = [] }) =>
    wanted
      .filter((other) => against.includes(other.id))
      .map((other) => ({ message: `--defect: ${id} and ${other.id} cannot be shown in one fleet`, expected: 'one of them' })),
  )
  const problems = [...strange, ...contrary]
  if (problems.length > 0) throw new GauntletError('usage/arguments', `choosing the defects ${ids.join(', ')}`, { problems })
  return wanted
}

/** By whom and where, or why by nobody: for whoever chooses one. */
export function whereSought({ owners, scenario, uncaught }: Defect): string {
  return scenario === undefined ? `no verdict catches it: ${uncaught}` : `looked for by ${owners.join(', ')} in ${scenario}`
}

/**
 * Another scenario may catch one as well, so this is no reason to refuse anything; that nobody is caught may then be no news, though.
 * @returns a line for each defect whose own scenario is not among these
 */
export function notSought(defects: readonly Defect[], scenarios: readonly string[]): readonly string[] {
  return defects.flatMap((defect) => {
    const { id, scenario } = defect
    if (scenario === undefined) return [`defect ${id}: ${whereSought(defect)}`]
    if (scenarios.includes(scenario)) return []
    return [`defect ${id} is ${whereSought(defect)}, which this run does not include`]
  })
}
