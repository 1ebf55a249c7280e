import type { TSchema } from '@feathersjs/typebox'

type Schema = Partial<TSchema>

interface Input {
  readonly properties: Readonly<Record<string, Schema>>
  readonly required: readonly string[]
}
/** The properties of an input, also where it is put together from several. */
export const inputOf = (schema: Schema): Input => {
  const { properties = {}, required = [], allOf = [], anyOf = [] } = schema as { properties?: Record<string, Schema>; required?: string[]; allOf?: Schema[]; anyOf?: Schema[] } // prettier-ignore
  const [whole, either] = [allOf.map(inputOf), anyOf.map(inputOf)]

  return {
    properties: Object.assign({}, properties, ...[...whole, ...either].map((part) => part.properties)),
    required: [...required, ...whole.flatMap((part) => part.required)]
  }
}
