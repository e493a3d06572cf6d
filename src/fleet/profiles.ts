/** Profiles of the simulated fleet: which mitigations are on. They are data, in fixtures/fleet/profiles.yaml. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import Value from 'typebox/value'
import { parse } from 'yaml'
import { GauntletError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'

const mitigations = [
  'schema-warns',
  'schema-refuses',
  'script-resolution',
  'port-check',
  'log-rotation',
  'secret-files',
  'exporter-sidecar',
  'hub-failover',
  'dependency-check',
  'call-timeouts',
] as const
export type Mitigation = (typeof mitigations)[number]

const fields = Type.Object(
  {
    after: Type.Optional(Type.String()),
    legacy: Type.Optional(Type.Integer({ minimum: 0 })),
    rotated: Type.Optional(Type.Integer({ minimum: 1 })),
    mitigations: Type.Array(Type.Union(mitigations.map((name) => Type.Literal(name))), { uniqueItems: true }),
  },
  { additionalProperties: false },
)
const profilesSchema = Type.Record(Type.String({ pattern: '^[a-z0-9-]+$' }), fields)

export interface Profile {
  readonly name: string
  /** How many agents are still legacy: the last ones of role `agent`, in config order. */
  readonly legacy: number
  /** The logs of so many agents have a quota, the first ones that nobody needs; without `log-rotation`, only theirs. */
  readonly rotated: number
  /** All that are on. */
  readonly mitigations: readonly Mitigation[]
}

const profilesFile = join(import.meta.dirname, '../../fixtures/fleet/profiles.yaml')

/** @throws GauntletError usage/file when the file is not one of profiles */
export function readProfiles(text: string = readFileSync(profilesFile, 'utf8')): readonly Profile[] {
  const value: unknown = parse(text)
  if (!Value.Check(profilesSchema, value)) {
    const problems = [...Value.Errors(profilesSchema, value)].map(({ instancePath, message }) => ({
      message: `${instancePath} ${message}`,
    }))
    throw new GauntletError('usage/file', `reading the profiles of ${profilesFile}`, { problems })
  }
  const profiles: Profile[] = []
  for (const [name, own] of Object.entries(value)) profiles.push(addedTo(profiles, name, own))
  return profiles
}

/** @throws GauntletError usage/file when it comes after one that does not stand above it, or adds what is there already */
function addedTo(earlier: readonly Profile[], name: string, own: Static<typeof fields>): Profile {
  const before = earlier.find((candidate) => candidate.name === own.after)
  const problems = [
    ...(own.after !== undefined && before === undefined ? [{ message: `${name}: no profile ${own.after} stands above it` }] : []),
    ...own.mitigations.filter((one) => before?.mitigations.includes(one)).map((one) => ({ message: `${name} has ${one} already` })),
  ]
  if (problems.length > 0) throw new GauntletError('usage/file', `reading the profiles of ${profilesFile}`, { problems })
  return {
    name,
    legacy: own.legacy ?? before?.legacy ?? 0,
    rotated: own.rotated ?? before?.rotated ?? 0,
    mitigations: [...(before?.mitigations ?? []), ...own.mitigations],
  }
}

/** @throws GauntletError usage/arguments when there is no such profile */
export function profileOf(name: string, profiles: readonly Profile[] = readProfiles()): Profile {
  const profile = profiles.find((candidate) => candidate.name === name)
  if (profile !== undefined) return profile
  const names = profiles.map((candidate) => candidate.name)
  const problems = [{ message: `--profile: there is no profile ${name}`, expected: nearest(name, names) ?? `one of ${names.join(', ')}` }]
  throw new GauntletError('usage/arguments', 'choosing the profile of the fleet', { problems })
}
