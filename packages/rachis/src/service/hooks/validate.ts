import type { TSchema } from '@feathersjs/typebox'
import { excessOf, firstDetails, MAX_DETAILS } from '../../model/excess'
import { isLongerAsJson } from '../../model/json-size'
import type { Model } from '../../model/model'
import { inputOf } from '../../model/input'
import type { Operation } from '../../model/operations'
import type { Written } from '../../model/schemas'
import { dataSchema } from '../../model/schemas'
import type { Validate } from '../../model/validator'
import { memberProblem } from '../../model/shape'
import { lazyValidator, roundedDetails } from '../../model/validator'
import { unknownFields } from '../../model/versions/unknown'
import { readInput } from '../../query/query-input'
import { readId } from '../../model/values'
import type { ErrorDetail } from '../../errors/errors'
import { ApiError, validationError } from '../../errors/errors'
import { asKept } from './as-kept'
import { assertObject } from './assert-object'
import { readAnswerQuery } from './answer-query'
import { assertBatch, detailsOfRows } from './bound-data'
import { assertWithinBounds } from './bound-query'
import { beforehand } from './phased'
import type { CallContext, Hook } from './context'
import { isExternal, operationsByName } from './context'
import { explainDetails } from './explain'
import { namesHere, suggest, suggestFields } from './suggest'
import { isObject } from '../../util/is-object'

type Json = Record<string, unknown>

/** A path or an argument names one record by a scalar; an object there would be read as a query. */
export const validateId = (model: Model): Hook =>
  beforehand((context) => {
    if (isExternal(context)) context.id = recordIdOf(model, context.id)
  })

/** @throws METHOD_NOT_ALLOWED, VALIDATION_ERROR or NOT_FOUND for what is the id of no record */
export const recordIdOf = (model: Model, value: unknown) => {
  if (value === null || value === undefined)
    throw new ApiError('METHOD_NOT_ALLOWED', {
      message: 'This needs the id of one record',
      hint: 'Name the record by its id: 7'
    })
  if (typeof value === 'object')
    throw validationError([{ field: 'id', message: 'must be a number or a string', rule: 'type' }])
  const id = readId(model.fields.get('id')!, value)
  if (id === undefined) throw new ApiError('NOT_FOUND')

  return id
}

/** Every other type has a limit of its own; an object may hold anything, and a page of them is answered as a whole. */
const MAX_JSON = 65_536
const sizeProblem = (value: unknown): string | undefined =>
  isObject(value) && isLongerAsJson(value, MAX_JSON)
    ? `must have at most ${MAX_JSON} characters as JSON`
    : undefined

const NOTHING: readonly ErrorDetail[] = []

const shapeDetails = (data: Json): ErrorDetail[] =>
  firstDetails(Object.entries(data), ([field, value]) => {
    const message = sizeProblem(value) ?? memberProblem(field, value)
    return message ? [{ field, message, rule: 'shape' }] : NOTHING
  })

/**
 * What could not even be stored is told first: a schema does not know of it. Numbers that were rounded on the way are told where the
 * schema has nothing to say of them: it may know a lower maximum.
 */
const problemsOf = (validate: Validate, data: Json): readonly ErrorDetail[] => {
  const misshapen = shapeDetails(data)
  if (misshapen.length > 0) return misshapen
  const details = validate(data)
  const rounded = roundedDetails(data)
  if (rounded.length === 0) return details
  const known = new Set(details.map(({ field }) => field))

  return [...details, ...rounded.filter(({ field }) => !known.has(field))].slice(0, MAX_DETAILS)
}

const check = (validate: Validate, data: Json) => {
  const details = problemsOf(validate, data)
  if (details.length > 0) throw validationError(details)
}

/** Checks what a client sends against the declared fields. */
export const validateData = (model: Model, method: Written): Hook => {
  const explained = explainDetails(model, method)
  const inSchema = lazyValidator(dataSchema(model, method))
  const validate = asKept(model, (data) => explained(inSchema(data)))
  const suggested = suggestFields(model, method)
  const unknownIn = unknownFields(model)
  /** A PUT of an older version leaves what that version does not know as it is, so that none of it is missing. */
  const inVersion = (row: unknown, { version }: CallContext['params']) => {
    const unknown = method === 'update' ? unknownIn(version) : undefined
    const details = validate(row)
    return unknown?.size
      ? details.filter(({ field = '', rule }) => rule !== 'required' || !unknown.has(field))
      : details
  }

  return beforehand((context) => {
    if (!isExternal(context)) return
    const { data, params } = context
    const hinted: Validate = (row) => suggested(inVersion(row, params), params.user)
    if (method === 'create' && Array.isArray(data)) checkBatch(model, hinted, data)
    else {
      assertObject(data, method === 'create')
      check(hinted, data)
    }
  })
}

const checkBatch = (model: Model, validate: Validate, rows: unknown[]) => {
  assertBatch(model, rows)
  const details = detailsOfRows(rows, (row) =>
    isObject(row)
      ? problemsOf(validate, row)
      : [{ message: 'must be an object', rule: 'type', expected: 'object' }]
  )
  if (details.length > 0) throw validationError(details)
}

/** Actions, transitions and reports: `data.id` names the record, the rest is checked against the operation's own schema. */
export const validateInput = (model: Model): Hook => {
  const operations = operationsByName(model)
  const inputs = [...operations.values()].filter(({ data }) => data === 'input')
  // A report's input comes in a query string on REST, where every value is a string.
  const validators = new Map(
    inputs.map(({ name, input, effect }) => [
      name,
      effect === 'read' ? parameters(input) : inputValidator(input)
    ])
  )

  return beforehand((context) => {
    const operation = operations.get(context.method)!
    if (!isExternal(context)) return
    readAnswerQuery(model, operation, context)
    const data = context.data ?? {}
    assertObject(data)
    boundInput(operation, data, context.app.get('http').max_header_size)
    const { id, ...input } = data
    const { own: checked, more } = parted(operation, operation.target === 'record' ? input : { ...data })
    check(validators.get(operation.name)!, checked)
    context.data = { ...more, ...withId(model, operation, id, checked) }
  })
}

/** Before anything is copied: a question has the bounds of a query wherever it comes from, other input those of its schema. */
const boundInput = ({ effect, target, input }: Operation, data: Json, bytes: number) => {
  if (effect === 'read') return assertWithinBounds(data, bytes)
  const isNamed = ({ field }: ErrorDetail) => target === 'record' && field === 'id'
  const details = excessOf(input!, data).filter((detail) => !isNamed(detail))
  if (details.length > 0) throw validationError(suggest(details, input!))
}

/** The parameters of the list that a report is are the list's own to read, and to refuse. */
const parted = ({ asList, input }: Operation, data: Json): { own: Json; more: Json } => {
  if (!asList) return { own: data, more: {} }
  const known = new Set(Object.keys(inputOf(input).properties))
  const part = (isOwn: boolean) =>
    Object.fromEntries(Object.entries(data).filter(([name]) => known.has(name) === isOwn))

  return { own: part(true), more: part(false) }
}

const inputValidator = (input: TSchema): Validate => {
  const validate = lazyValidator(input)
  return (data) => suggest(validate(data), input)
}

/** The parameters of a question: one that is not known is refused as in any other query. */
const parameters = (input: TSchema): Validate => {
  const validate = lazyValidator(input, { defaults: true })

  return (data) => {
    const unread = readInput(input, data as Json)
    const details = suggest(validate(data), input)
    const unknown = details.find(({ rule }) => rule === 'additionalProperties')
    if (unknown) {
      const { field = '', hint = namesHere(input) } = unknown
      throw new ApiError('BAD_QUERY', { field, message: `${field} is not a parameter here`, hint })
    }

    return unread.length > 0 ? unread : details
  }
}

const withId = (model: Model, { target }: Operation, id: unknown, input: Json): Json =>
  target === 'record' ? { ...input, id: recordIdOf(model, id) } : input
