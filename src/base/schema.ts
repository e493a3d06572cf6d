/** A shape is written once, as a schema: what checks a value as it is read is what names its type, whose parts nothing may change. */
import Type, { type Static, type TProperties, type TSchema, type TSchemaOptions } from 'typebox'
import type { Json } from './predicate.ts'

/** What keeps to a schema. */
export type Of<Schema extends TSchema> = DeepReadonly<Static<Schema>>

/** A type that is branded stays what it is, and so does any JSON; of what is not known, nothing is. */
type DeepReadonly<T> = [unknown] extends [T]
  ? T
  : [Json] extends [T]
    ? T
    : T extends string | number | boolean | null | undefined
      ? T
      : { readonly [Key in keyof T]: DeepReadonly<T[Key]> }

export function orNull<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()])
}

/** An object with these fields and no other. */
export function closed<Fields extends TProperties>(fields: Fields, options: TSchemaOptions = {}) {
  return Type.Object(fields, { additionalProperties: false, ...options })
}
