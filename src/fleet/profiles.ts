/** Profiles of the simulated fleet: which mitigations are on. They are data, in fixtures/fleet/profiles.yaml. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import Value from 'typebox/value'
import { parse } from 'yaml'
import { GauntletError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'

const fields = Type.Object(
  {
    legacy: Type.Integer({ minimum: 0, description: 'How many agents are still legacy: the last ones of role `agent`, in config order.' }),
    mitigations: Type.Array(Type.Union([Type.Literal('log-rotation'), Type.Literal('hub-failover')]), { uniqueItems: true }),
  },
  { additionalProperties: false },
)
const profilesSchema = Type.Record(Type.String({ pattern: '^[a-z0-9-]+$' }), fields)

export type Profile = { readonly name: string } & Readonly<Static<typeof fields>>

export const profilesFile = join(import.meta.dirname, '../../fixtures/fleet/profiles.yaml')

/** @throws GauntletError usage/file when the file is not one of profiles */
export function readProfiles(text: string = readFileSync(profilesFile, 'utf8')): readonly Profile[] {
  const value: unknown = parse(text)
  if (!Value.Check(profilesSchema, value)) {
    const problems = [...Value.Errors(profilesSchema, value)].map(({ instancePath, message }) => ({
      message: `${instancePath} ${message}`,
    }))
    throw new GauntletError('usage/file', `reading the profiles of ${profilesFile}`, { problems })
  }
  return Object.entries(value).map(([name, profile]) => ({ name, ...profile }))
}

/** @throws GauntletError usage/arguments when there is no such profile */
export function profileOf(name: string, profiles: readonly Profile[] = readProfiles()): Profile {
  const profile = profiles.find((candidate) => candidate.name === name)
  if (profile !== undefined) return profile
  const names = profiles.map((candidate) => candidate.name)
  const meant = nearest(name, names)
  throw new GauntletError(
    'usage/arguments',
    `there is no profile ${name}; there are ${names.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`,
  )
}
