import type { Model } from '../../model/model'
import type { Validate } from '../../model/validator'
import { normalized } from '../../declare'

type Json = Record<string, unknown>

/** A pattern is of the text as it is kept: `upper` makes EUR of eur, whichever of them the pattern has. */
export const asKept = ({ fields }: Model, validate: Validate): Validate => {
  const kept = [...fields.values()].filter(({ normalize, value }) => normalize && value.pattern)
  if (kept.length === 0) return validate
  const changed = (data: Json): Json =>
    Object.fromEntries(
      kept.flatMap((field) => {
        const text = data[field.name]
        return typeof text === 'string' ? [[field.name, normalized(text, field)]] : []
      })
    )

  return (data) => validate({ ...(data as Json), ...changed(data as Json) })
}
