import type { Model } from '../../model/model'
import type { Written } from '../../model/schemas'
import type { ErrorDetail } from '../../errors/errors'
import { readOnlyMessage } from './unchanged'

/** The schema only knows that a property is not allowed; a person wants to know why. */
export const explainDetails =
  (model: Model, method: Written) =>
  (details: readonly ErrorDetail[]): readonly ErrorDetail[] =>
    details.map((detail) => {
      const { field: name = '', rule } = detail
      if (rule !== 'additionalProperties') return detail
      const field = model.fields.get(name)
      // Clients neither read nor write it: they are not told that it is there.
      const isSecret = field?.hidden && field.writable === 'never'
      if (field && !isSecret) return { ...detail, rule: 'read_only', message: readOnlyMessage(field, method) }
      const isRelation = model.relations.some((relation) => relation.name === name)

      return {
        ...detail,
        message: isRelation
          ? 'is a relation, whose records are written by themselves: leave it out'
          : `is not a field of ${model.name}`
      }
    })
