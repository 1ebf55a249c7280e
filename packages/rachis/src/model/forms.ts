import { ApiError, validationError } from '../errors/errors'
import { importReport } from './import-report'
import { RECORD_TYPES } from './operation'
import type { Form, Operation } from './operations'
import type { PageForm } from './pages'
import { asksFor, PAGE_ADDRESSES, pageFormAt } from './pages'

interface Shape {
  readonly form: Form
  readonly path: string
  readonly summary: (summary: string) => string
  /** What is another than that of its operation. */
  readonly facts?: Partial<Pick<Operation, 'produces' | 'consumes' | 'answers' | 'output' | 'location'>>
}
const PAGES: readonly Shape[] = PAGE_ADDRESSES.map(({ path, summary: how }) => ({
  form: path,
  path,
  summary: (summary) => `${summary}, ${how}`
}))
const SELECT: Shape = { form: 'select', path: 'select', summary: (summary) => `${summary}, with some fields only` } // prettier-ignore
const EXPORT: Shape = {
  form: 'export',
  path: 'export',
  summary: (summary) => `${summary}, all of them as CSV or NDJSON`,
  facts: { produces: RECORD_TYPES }
}
const BULK: Shape = { form: 'bulk', path: 'bulk', summary: (summary) => `${summary} of each item of a list` }

/** Its answer is a report, which can come as lines while it runs. */
const IMPORT: Shape = {
  form: 'import',
  path: 'import',
  summary: (summary) => `${summary} of each record of a file`,
  facts: {
    consumes: RECORD_TYPES,
    produces: ['application/json', 'application/x-ndjson'],
    answers: 'output',
    output: importReport,
    location: undefined
  }
}

const shapesOf = ({ effect, answers, batch, pages, data }: Operation): readonly Shape[] => {
  // A report that is a list of its own is answered in pages.
  if (pages) return [...PAGES, SELECT, ...(data === 'none' ? [EXPORT] : [])]
  if (batch !== undefined) return [BULK, IMPORT]

  return effect === 'read' && answers === 'record' ? [SELECT] : []
}

/**
 * Further addresses of an operation that has several shapes, each for one of them. A generated client has one type for an
 * operation of the document: a list that is answered by offset or by page number, whole or in part, would be four types in one.
 *
 * @example formsOf(find).map(({ http }) => http.path) // ['/tasks/pages', …, '/tasks/export']
 */
export const formsOf = (operation: Operation): Operation[] =>
  shapesOf(operation).map(({ form, path, summary, facts }) => ({
    ...operation,
    ...facts,
    form,
    http: {
      ...operation.http,
      path: `${operation.http.path}/${path}`,
      status: form === 'import' ? 200 : operation.http.status
    },
    summary: summary(operation.summary)
  }))

/** The form of a list that answers all of its records one after the other. */
export const exportOf = (operation: Operation): Operation =>
  operation.form === 'export' ? operation : formsOf(operation).find(({ form }) => form === 'export')!

/** The form of a creation that takes a file of records; undefined where the declaration has code of its own for it. */
export const importOf = (operation: Operation): Operation | undefined =>
  operation.form === 'import' ? operation : formsOf(operation).find(({ form }) => form === 'import')

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
    throw new ApiError('MALFORMED_BODY', {
      message: 'Send a JSON array of records',
      hint: 'Put the records into a list, also where it is one: [{ … }]'
    })

  return body
}
