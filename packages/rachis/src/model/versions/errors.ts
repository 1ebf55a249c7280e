import type { ApiError, ErrorDetail } from '../../errors/errors'
import type { Model } from '../model'
import type { VersionStep } from './steps'
import { soleField, stepsFrom } from './steps'

/** The name that a field of the next version has in this one; of several that make an old one, that one's. */
const nameIn = (step: VersionStep, name: string): string =>
  (soleField(step, name) ?? step.fields.find(({ from }) => from.includes(name)))?.name ?? name

const oldName = (model: Model, version: number, path: string): string => {
  const [name = '', ...rest] = path.split('.')
  const old = stepsFrom(model, version).reduceRight((known, step) => nameIn(step, known), name)

  return [old, ...rest].join('.')
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A sentence about a field, with its old name. */
const renamed = (text: string, from: string | undefined, to: string | undefined): string =>
  from === undefined || to === undefined || from === to
    ? text
    : text.replace(new RegExp(`(?<![\\w-])${escaped(from)}(?![\\w-])`, 'g'), () => to)

/**
 * An error of a call, with the names that fields have in an older version.
 *
 * @example errorIn(articles, 1, error).toJSON().error.field // 'name'
 */
export const errorIn = (model: Model, version: number, error: ApiError): ApiError => {
  const { payload } = error
  const { field, details } = payload
  const inDetail = (detail: ErrorDetail): ErrorDetail => {
    if (detail.field === undefined) return detail
    const old = oldName(model, version, detail.field)
    // Values of the present shape would be in other units than those that were sent.
    const { hint, expected, provided, ...rest } = detail
    const values = old === detail.field ? { expected, provided } : {}
    return { ...rest, ...values, field: old, message: renamed(detail.message, detail.field, old), ...(hint === undefined ? {} : { hint: renamed(hint, detail.field, old) }) } // prettier-ignore
  }
  const known = field ?? details?.[0]?.field
  const old = known === undefined ? undefined : oldName(model, version, known)
  error.message = renamed(error.message, known, old)
  if (field !== undefined) payload.field = old
  if (payload.hint !== undefined) payload.hint = renamed(payload.hint, known, old)
  if (details) payload.details = details.map(inDetail)

  return error
}
