import { ApiError, validationError } from '../errors/errors'
import type { Form, Operation } from './operations'
import type { PageForm } from './pages'
import { asksFor, PAGE_ADDRESSES, pageFormAt } from './pages'

interface Shape {
  readonly form: Form
  readonly path: string
  readonly summary: (summary: string) => string
}
const PAGES: readonly Shape[] = PAGE_ADDRESSES.map(({ path, summary: how }) => ({
  form: path,
  path,
  summary: (summary) => `${summary}, ${how}`
}))
const SELECT: Shape = { form: 'select', path: 'select', summary: (summary) => `${summary}, with some fields only` } // prettier-ignore
const BULK: Shape = { form: 'bulk', path: 'bulk', summary: (summary) => `${summary} of each item of a list` }

const shapesOf = ({ effect, answers, batch, pages }: Operation): readonly Shape[] => {
  if (pages) return [...PAGES, SELECT]
  if (batch !== undefined) return [BULK]

  return effect === 'read' && answers === 'record' ? [SELECT] : []
}

/**
 * Further addresses of an operation that has several shapes, each for one of them. A generated client has one type for an
 * operation of the document: a list that is answered by offset or by page number, whole or in part, would be four types in one.
 *
 * @example formsOf(find).map(({ http }) => http.path) // ['/tasks/pages', '/tasks/select']
 */
export const formsOf = (operation: Operation): Operation[] =>
  shapesOf(operation).map(({ form, path, summary }) => ({
    ...operation,
    form,
    http: { ...operation.http, path: `${operation.http.path}/${path}` },
    summary: summary(operation.summary)
  }))

type Query = Readonly<Record<string, unknown>>

const asksFields = ({ fields, $select }: Query) => fields !== undefined || $select !== undefined

/** The query of an address that answers one form of pages asks for that form also where it has none of its parameters. */
const asking = (form: PageForm, query: Query): Query =>
  asksFor(form, query) ? query : { ...query, ...form.address?.first }

/**
 * The query of an operation's form: by page also where no page is named.
 *
 * @throws {ApiError} VALIDATION_ERROR when the form of chosen fields comes without them
 */
export const queryOfForm = ({ form }: Operation, query: Query): Query => {
  if (form === 'select' && !asksFields(query))
    throw validationError([
      { field: 'fields', message: 'is required', rule: 'required', expected: 'fields=name,price' }
    ])

  const pages = pageFormAt(form)

  return pages ? asking(pages, query) : query
}

/**
 * The body of an operation's form.
 *
 * @throws {ApiError} MALFORMED_BODY when the form for many is sent something else than a list
 */
export const bodyOfForm = ({ form }: Operation, body: unknown): unknown => {
  if (form === 'bulk' && !Array.isArray(body))
    throw new ApiError('MALFORMED_BODY', { message: 'Send a JSON array of records' })

  return body
}
