import type { ErrorDefinition } from '../errors/define-errors'
import { ApiError, CATALOGUE } from '../errors/errors'
import type { Answer, Ref, Schema } from './openapi-document'
import { json, schemaRef } from './openapi-document'
import { rateHeaders } from './openapi-rates'

const text = { type: 'string' }
const object = (properties: Schema, required: readonly string[]): Schema => ({ type: 'object', properties, required, additionalProperties: false }) // prettier-ignore
const TRACE_ID = 'f3b1c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d'

const exampleFor = (definition: ErrorDefinition) => {
  const details =
    definition.code === 'VALIDATION_ERROR'
      ? [{ field: 'price', message: 'must be >= 0', rule: 'minimum', expected: 0, provided: -10 }]
      : undefined
  const message = details ? 'price must be >= 0' : undefined

  return Object.assign(new ApiError(definition, { message, details }), { trace_id: TRACE_ID }).toJSON()
}

const CODES: readonly ErrorDefinition[] = Object.entries(CATALOGUE).map(([code, entry]) => ({
  code,
  ...entry
}))

const detailSchema: Schema = {
  ...object(
    {
      field: { ...text, description: 'In a batch behind the index of its record: `0.price`.' },
      message: text,
      rule: { ...text, description: 'The rule that was broken, such as `minimum`.' },
      expected: { description: 'What the rule asks for.' },
      provided: { description: 'What was sent, unless it is secret.' },
      hint: { ...text, description: 'What to write instead, such as the name that was probably meant.' }
    },
    ['message']
  ),
  // Too little stock, for one, tells the product, what was asked for and what is there.
  additionalProperties: true,
  description: 'A rule may tell more than these.',
  examples: [{ field: 'price', message: 'must be >= 0', rule: 'minimum', expected: 0, provided: -10 }]
}

/** What `ApiError.toJSON` gives; a test holds the two together. */
const schemasFor = (
  errors: readonly ErrorDefinition[]
): Readonly<Record<'Error' | 'ErrorDetail', Schema>> => ({
  Error: {
    ...object(
      {
        success: { const: false },
        error: object(
          {
            code: {
              type: 'string',
              enum: errors.map(({ code }) => code),
              description: 'Stable: decide by this.'
            },
            message: text,
            field: { ...text, description: 'The field or parameter that is to blame, if it is one.' },
            hint: { ...text, description: 'What to do, for people. Its words may change.' },
            trace_id: { ...text, description: 'Stands in the log as well, and in X-Request-Id.' },
            details: { type: 'array', items: schemaRef('ErrorDetail') }
          },
          ['code', 'message', 'hint']
        ),
        name: { ...text, description: "The name of Feathers' error class." },
        className: text,
        code: { type: 'integer', description: 'The status.' },
        message: text
      },
      ['success', 'error', 'name', 'className', 'code', 'message']
    ),
    description: 'The same object on REST and sockets.',
    examples: errors.filter(({ code }) => code === 'VALIDATION_ERROR').map(exampleFor)
  },
  ErrorDetail: detailSchema
})

export const errorHeaders = {
  'X-Request-Id': { description: 'The trace id: the one that was sent, else a new one.', schema: text },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } },
  'WWW-Authenticate': { description: 'The scheme to sign in by.', schema: text },
  'Content-Range': {
    description: 'Which of the bytes are sent, and of how many; `*` where the range is none of them.',
    schema: { type: 'string', examples: ['bytes 0-1023/34567', 'bytes */34567'] }
  },
  ...rateHeaders
}
const headersOf = (status: number): string[] => [
  'X-Request-Id',
  ...(status === 416 ? ['Content-Range'] : []),
  // Of the record as it is now, for who may read it.
  ...(status === 412 ? ['ETag'] : []),
  ...(status === 401 ? ['WWW-Authenticate'] : []),
  ...(status === 429 || status === 503 ? ['Retry-After'] : []),
  ...(status === 429 ? Object.keys(rateHeaders) : [])
]
const headerRefs = (status: number) =>
  Object.fromEntries(headersOf(status).map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const statuses = [...new Set(CODES.map(({ status }) => status))]
const nameOf = (wanted: number) => CODES.find(({ status }) => status === wanted)!.name
const described = ({ code, message, hint }: ErrorDefinition) => `- \`${code}\`: ${message}. ${hint}.`

const responseFor = (status: number, errors: readonly ErrorDefinition[]): Answer => ({
  description: errors.map(described).join('\n'),
  headers: headerRefs(status),
  content: json({
    schema: schemaRef('Error'),
    examples: Object.fromEntries(errors.map((error) => [error.code, { value: exampleFor(error) }]))
  })
})

/**
 * The schemas of errors, and one answer for each status of the catalogue with an example for each code.
 *
 * @param added what modules and the application add to the catalogue
 * @param hints what modules tell clients to do about errors of the catalogue, by their codes
 */
export const errorComponents = (
  added: readonly ErrorDefinition[],
  hints: Readonly<Record<string, string>> = {}
) => {
  const errors = [...CODES, ...added].map((error) => ({ ...error, hint: hints[error.code] ?? error.hint }))
  const responses = statuses.map((status) => [
    nameOf(status),
    responseFor(
      status,
      errors.filter((error) => error.status === status)
    )
  ])

  return {
    schemas: schemasFor(errors),
    responses: Object.fromEntries(responses) as Readonly<Record<string, Answer>>
  }
}

/** References to the answers for these statuses; one that the catalogue does not know is left out. */
export const errorRefs = (wanted: readonly number[]): Record<string, Ref> =>
  Object.fromEntries(
    wanted
      .filter((status) => statuses.includes(status))
      .map((status) => [status, { $ref: `#/components/responses/${nameOf(status)}` }])
  )
