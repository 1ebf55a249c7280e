import type { Model } from '../compilers/model'
import type { Validate } from '../compilers/validator'
import { roundedProblem } from '../compilers/validator'

/** Fields of floating point have no maximum of their own; the other numbers have one below what JSON.parse rounds. */
export const unrounded = ({ fields }: Model, validate: Validate): Validate => {
  const floats = [...fields.values()]
    .filter(({ type }) => type === 'double precision')
    .map(({ name }) => name)
  if (floats.length === 0) return validate

  return (data) => {
    const details = floats.flatMap((field) => {
      const message = roundedProblem((data as Record<string, unknown>)[field])
      return message ? [{ field, message, rule: 'maximum', expected: Number.MAX_SAFE_INTEGER }] : []
    })
    return [...details, ...validate(data)]
  }
}
