import { excessOf, firstDetails } from '../../model/excess'
import type { Model } from '../../model/model'
import type { Written } from '../../model/schemas'
import { widestSchema } from '../../model/schemas'
import type { ErrorDetail } from '../../errors/errors'
import { validationError } from '../../errors/errors'
import { beforehand } from './phased'
import type { Hook } from './context'
import { isExternal } from './context'
import { explainDetails } from './explain'
import { suggestFields } from './suggest'

type Details = readonly ErrorDetail[]

/** @throws VALIDATION_ERROR for more records than one call creates, and for a list where each has a call of its own */
export const assertBatch = ({ batch }: Model, rows: readonly unknown[]) => {
  if (batch === 1) throw validationError([{ message: 'is a list: send one record in a request', rule: 'type', expected: 'object' }]) // prettier-ignore
  if (rows.length <= batch) return
  const message = `a batch has at most ${batch} records`
  throw validationError([{ message, rule: 'maxItems', expected: batch, provided: rows.length }])
}

/** The first details of the records of a list, each under its index. */
export const detailsOfRows = (rows: readonly unknown[], detailsOf: (row: unknown) => Details): Details =>
  firstDetails(rows.entries(), ([index, row]) =>
    detailsOf(row).map((detail) => ({
      ...detail,
      field: detail.field ? `${index}.${detail.field}` : String(index)
    }))
  )

/**
 * Refuses a body that has far more keys, records or items than can be written, before anything walks or copies it: a copy of 49,000 keys
 * takes as long as parsing them. It stops at the first fifty that are not known; what is fewer is for the validation to name.
 */
export const boundData = (model: Model, method: Written): Hook => {
  const schema = widestSchema(model, method)
  const explained = explainDetails(model, method)
  const suggested = suggestFields(model, method)

  return beforehand((context) => {
    if (!isExternal(context)) return
    const { data, params } = context
    const detailsOf = (row: unknown) => suggested(explained(excessOf(schema, row)), params.user)
    const isList = method === 'create' && Array.isArray(data)
    if (isList) assertBatch(model, data)
    const details = isList ? detailsOfRows(data, detailsOf) : detailsOf(data)
    if (details.length > 0) throw validationError(details)
  })
}
