import type { Static, TSchema } from '@feathersjs/typebox'
import { text, timestamp, Type } from '../../../declare'

export const name = text({ minLength: 1, maxLength: 100 })
export const permissions = Type.Array(
  Type.String({ minLength: 3, maxLength: 130, examples: ['users:find'] }),
  {
    minItems: 1,
    maxItems: 100
  }
)

const optionalNullable = <T extends TSchema>(schema: T) =>
  Type.Optional(Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] }))

/** What a key is made from. */
export const keyInput = Type.Object(
  { name, permissions, expires_at: optionalNullable(timestamp()) },
  { additionalProperties: false }
)
