import type { TSchema } from '@feathersjs/typebox'

const isNull = ({ type }: TSchema) => type === 'null'

/** The part of a field's schema that is not null, as `fieldsOf` takes it; undefined for a union of anything else. */
export const presentOf = (schema: TSchema): TSchema | undefined => {
  const parts = schema.anyOf as readonly TSchema[] | undefined
  if (!parts) return schema

  return parts.length === 2 && parts.filter(isNull).length === 1
    ? parts.find((part) => !isNull(part))
    : undefined
}
