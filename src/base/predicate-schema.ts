/** A predicate as it stands in a file. Beside predicate.ts, and not in it: a tool that is started for one question has no use for schemas. */
import Type, { type TSchema } from 'typebox'

const path = Type.String({ pattern: '^(/([^/~]|~[01])*)+$' })
const strict = { additionalProperties: false } as const
export const predicateSchema: TSchema = Type.Cyclic(
  {
    Predicate: Type.Union([
      Type.Object(
        { path, op: Type.Enum(['is', 'not']), value: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]) },
        strict,
      ),
      Type.Object({ path, op: Type.Enum(['atLeast', 'atMost']), value: Type.Number() }, strict),
      Type.Object({ path, op: Type.Enum(['every', 'some', 'none']), of: Type.Ref('Predicate') }, strict),
      Type.Object({ all: Type.Array(Type.Ref('Predicate'), { minItems: 1 }) }, strict),
      Type.Object({ any: Type.Array(Type.Ref('Predicate'), { minItems: 1 }) }, strict),
    ]),
  },
  'Predicate',
)
