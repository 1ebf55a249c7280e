import type { Model } from '../model/model'
import type { Schema } from './openapi-document'
import type { Enums } from './openapi-schema'
import { clean, wordsRef } from './openapi-schema'
import { isObject } from '../util/is-object'

/** An answer of groups has fields of the model in several places, each with the words that the record has. */
const withWords = (model: Model, schema: Schema, enums: Enums): Schema =>
  Object.fromEntries(
    Object.entries(schema).map(([name, inner]) => {
      if (!isObject(inner)) return [name, inner]
      const field = model.fields.get(name)

      return [name, withWords(model, field ? wordsRef(inner, field, enums) : inner, enums)]
    })
  )

/** What an operation on groups answers. */
export const groupsSchema = (model: Model, output: Schema, enums: Enums): Schema =>
  withWords(model, clean(output), enums)
