import type { ApiError, ErrorDetail } from '../../errors/errors'
import { isObject } from '../../util/is-object'
import type { Model } from '../model'
import type { OldFieldInfo, VersionStep } from './steps'
import { soleField, stepsFrom } from './steps'
import { isUnknown } from './unknown'

/** The name of a field in an older version, and whether its values are other ones there. */
interface OldName {
  readonly name: string
  readonly isConverted: boolean
}

/** The field of this version that one of the next makes, alone or with others. */
const fieldFrom = (step: VersionStep, name: string): OldFieldInfo | undefined =>
  soleField(step, name) ?? step.fields.find(({ from }) => from.includes(name))

/** The name that a field behind these steps has before them. */
export const nameBefore = (steps: readonly VersionStep[], name: string): OldName =>
  steps.reduceRight<OldName>(
    (known, step) => {
      const field = fieldFrom(step, known.name)
      return field
        ? { name: field.name, isConverted: known.isConverted || field.request !== undefined }
        : known
    },
    { name, isConverted: false }
  )

/** `0.title.x`, of the first record of a list, apart. */
const PATH = /^(\d+\.)?([^.]*)(\..*)?$/s

const partsOf = (path: string) => {
  const [, index = '', name = '', rest = ''] = PATH.exec(path) ?? []
  return { index, name, rest }
}

const oldPath = (steps: readonly VersionStep[], path: string): string => {
  const { index, name, rest } = partsOf(path)
  return `${index}${nameBefore(steps, name).name}${rest}`
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A sentence about a field, with its old name. */
const renamed = (text: string, from: string | undefined, to: string | undefined): string =>
  from === undefined || to === undefined || from === to
    ? text
    : text.replace(new RegExp(`(?<![\\w-])${escaped(from)}(?![\\w-])`, 'g'), () => to)

/** A hint that suggests a field of the present version names the old one; undefined where there is none. */
const suggestionIn = (model: Model, steps: readonly VersionStep[], hint: string): string | undefined => {
  const name = [...model.fields.keys()].find((one) => renamed(hint, one, '') !== hint)
  if (name === undefined) return hint

  return isUnknown(steps, name) ? undefined : renamed(hint, name, nameBefore(steps, name).name)
}

/** Rules of JSON Schema that speak of a value, and so of what it was converted to. */
const OF_VALUES = new Set(['type', 'enum', 'const', 'format', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'required']) // prettier-ignore

/** What is told of a value that cannot be converted, or of which the present version has no such value. */
export const refusedValue = (field: string): ErrorDetail => ({
  field,
  message: 'is not a value that this field can have',
  rule: 'version'
})

/** Whether the client has sent a field; of a list, in the record that the path names. */
const isSent = (data: unknown, { index }: { readonly index: string }, name: string): boolean => {
  const row: unknown = Array.isArray(data) ? data[parseInt(index)] : data
  return isObject(row) && Object.hasOwn(row, name)
}

const detailIn = (model: Model, steps: readonly VersionStep[], data: unknown, detail: ErrorDetail): ErrorDetail => {
  if (detail.field === undefined) return detail
  const { hint, expected, provided, ...rest } = detail
  const parts = partsOf(detail.field)
  const { name, isConverted } = nameBefore(steps, parts.name)
  const field = oldPath(steps, detail.field)
  const isOfValue = isConverted && OF_VALUES.has(detail.rule ?? '')
  if (isOfValue && isSent(data, parts, name)) return refusedValue(field)
  const told = hint !== undefined && detail.rule === 'additionalProperties' ? suggestionIn(model, steps, hint) : hint
  // Values of the present shape would be in other units than those that were sent.
  const values = field === detail.field ? { expected, provided } : {}

  return { ...rest, ...values, field, message: renamed(detail.message, detail.field, field), ...(told === undefined ? {} : { hint: renamed(told, detail.field, field) }) }
} // prettier-ignore

/** Several fields of the present version may have made one, of which the same is told once. */
const once = (details: readonly ErrorDetail[]): ErrorDetail[] =>
  details.filter(
    ({ field, message }, index) =>
      details.findIndex((one) => one.field === field && one.message === message) === index
  )

const sentence = ({ field, message }: ErrorDetail) => [field, message].filter(Boolean).join(' ')

const hintOf = (details: readonly ErrorDetail[]) => details.find(({ hint }) => hint)?.hint

/**
 * An error of a call, with the names that fields have in an older version.
 *
 * @param data what the client has sent
 * @example errorIn(articles, 1, error, { name: '' }).toJSON().error.field // 'name'
 */
export const errorIn = (model: Model, version: number, error: ApiError, data: unknown): ApiError => {
  const { payload } = error
  const { field, details = [] } = payload
  const steps = stepsFrom(model, version)
  const [first] = details
  const told = once(details.map((detail) => detailIn(model, steps, data, detail)))
  const known = field ?? first?.field
  const old = known === undefined ? undefined : oldPath(steps, known)
  const isOfFirst = first !== undefined && error.message === sentence(first)
  error.message = isOfFirst ? sentence(told[0]!) : renamed(error.message, known, old)
  if (field !== undefined) payload.field = old
  if (payload.hint !== undefined)
    payload.hint = payload.hint === hintOf(details) ? hintOf(told) : renamed(payload.hint, known, old)
  if (payload.details) payload.details = told

  return error
}
