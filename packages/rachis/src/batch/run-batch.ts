import type { ActionContext } from '../declare'
import type { ErrorDetail } from '../errors/errors'
import { ApiError, orFault, toApiError, validationError } from '../errors/errors'
import { inputOfRequest } from '../model/request'
import type { Operation } from '../model/operations'
import type { Answer, Given } from '../service/call'
import type { CallContext } from '../service/hooks/context'
import { ratedCaller } from '../service/hooks/limit-rate'
import type { FindOperation } from './operations'
import { isName, resolve, resolvePath } from './references'

/** One operation of a batch, as it is sent. */
export interface BatchOperation {
  readonly name?: string
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly idempotency_key?: string
  readonly if_match?: string
}

/** The answer to one operation. */
export interface BatchResult {
  readonly name?: string
  readonly status: number
  readonly location?: string
  readonly replayed?: true
  readonly body: unknown
}

type Context = Pick<ActionContext<unknown>, 'app' | 'asCaller'>

/** A path is as long as its client likes; an error repeats the beginning of it. */
const called = ({ method, path }: BatchOperation) =>
  `${method} ${path.length > 80 ? `${path.slice(0, 80)}…` : path}`

/**
 * Fields of an error are told with their place in the batch: `operations.2.price`. The message says which call it was, and that the
 * others are taken back.
 */
const placed = (thrown: unknown, sent: BatchOperation, index: number): ApiError => {
  const error = toApiError(thrown)
  const place = (field: string | undefined) => ['operations', index, field].filter((part) => part !== undefined).join('.') // prettier-ignore
  const { field, details } = error.payload
  const moved = details?.map((detail: ErrorDetail) => ({ ...detail, field: place(detail.field) }))
  Object.assign(error.payload, {
    field: place(field ?? details?.[0]?.field),
    ...(moved ? { details: moved } : {})
  })
  // What failed for a fault of the server says nothing but its trace id.
  if (error.code < 500)
    error.message = `${error.message} (operation ${index + 1}, ${called(sent)}); nothing of the batch was done`

  return error
}

const assertNamed = ({ name }: BatchOperation, known: ReadonlyMap<string, unknown>) => {
  if (name === undefined) return
  if (isName(name) && !known.has(name)) return
  const message = known.has(name) ? 'is the name of an earlier operation' : 'must be a word in small letters'
  throw validationError([{ field: 'name', message, rule: 'name', provided: name }])
}

/** @throws VALIDATION_ERROR for a body of a GET, and for `if_match` of a read, whose answer has no validator here */
const assertMeant = ({ if_match: match, method, body }: BatchOperation, { effect }: Operation): void => {
  if (method === 'GET' && body !== undefined)
    throw validationError([{ field: 'body', message: 'is not read by a GET: send query', rule: 'method' }])
  if (match !== undefined && effect === 'read')
    throw validationError([{ field: 'if_match', message: 'is for operations that write', rule: 'effect' }])
}

/** What a request of its own would say in headers. */
const headersOf = (sent: BatchOperation, operation: Operation): Given['headers'] => {
  assertMeant(sent, operation)
  const { idempotency_key: key, if_match: match } = sent

  return {
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(match === undefined ? {} : { 'if-match': match })
  }
}

const resultOf = (name: string | undefined, { status, headers, body }: Answer): BatchResult => ({
  ...(name === undefined ? {} : { name }),
  status,
  ...(typeof headers.Location === 'string' ? { location: headers.Location } : {}),
  ...(headers['Idempotency-Replayed'] === 'true' ? { replayed: true } : {}),
  body: body ?? null
})

/**
 * Calls one operation after the other, each under its own rule, in the transaction of the batch. What fails takes back what those before
 * it have done.
 *
 * @throws {ApiError} that of the operation that failed, with its place in the batch as the field
 */
export const runBatch = async (
  operations: readonly BatchOperation[],
  { app, asCaller }: Context,
  find: FindOperation
): Promise<BatchResult[]> => {
  const { headers: _headers, ...caller } = asCaller as typeof asCaller & { headers?: object }
  const answers = new Map<string, unknown>()
  const call = async (sent: BatchOperation): Promise<BatchResult> => {
    assertNamed(sent, answers)
    const { name, method, query = {}, body } = sent
    const { operation, named } = find(method, resolvePath(sent.path, answers), caller.version)
    const request = {
      method,
      query: resolve(query, answers, 'query') as Record<string, unknown>,
      body: resolve(body, answers, 'body')
    }
    const asked = orFault(() => ({ headers: headersOf(sent, operation) }), {})
    const given = { ...asked, ...inputOfRequest(operation, request, named) }
    const answer = await app.get('call')(operation, given, caller)
    if (name !== undefined) answers.set(name, answer.body)

    return resultOf(name, answer)
  }
  const params = caller as CallContext['params']
  await app.get('rates')?.prepay(ratedCaller(app, params), operations.length)
  const results: BatchResult[] = []
  for (const [index, operation] of operations.entries()) {
    results.push(
      await call(operation).catch((thrown: unknown) => {
        throw placed(thrown, operation, index)
      })
    )
  }

  return results
}
