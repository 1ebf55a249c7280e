import { mayBeMinimal } from '../model/minimal'
import type { Operation } from '../model/operations'
import { PREFIX } from '../model/prefix'
import { rateHeaderRefs } from './openapi-rates'

/** Headers of answers that several operations have. */
export const answerHeaders = {
  'X-Rachis-Tx': {
    description:
      'The transaction that the call wrote in, as the events of its changes name it. Absent where nothing was written.',
    schema: { type: 'string', pattern: '^\\d{1,20}$', examples: ['731'] }
  },
  ETag: {
    description:
      'The validator of the answer, for `If-None-Match` and `If-Match`: strong for one record, weak for a list. It is made from what the caller may read.',
    schema: { type: 'string', examples: ['"Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"'] }
  },
  'Cache-Control': {
    description:
      'For how long the answer may be used again, and by whom; `no-cache` where it is asked for before each use.',
    schema: { type: 'string', examples: ['public, max-age=60'] }
  },
  'Cache-Status': {
    description:
      'Whether the answer to a caller without credentials was kept by the server (`hit`), or read for this request (RFC 9211).',
    schema: { type: 'string', examples: ['rachis; hit; ttl=287'] }
  },
  'Last-Modified': {
    description:
      'When the record was changed last, in whole seconds. Absent where the answer does not say it.',
    schema: { type: 'string', examples: ['Sat, 28 Nov 2026 20:00:00 GMT'] }
  },
  Link: {
    description:
      'The pages around this one by the relations next, prev, first and last (RFC 8288), as far as there are such and they are known.',
    schema: { type: 'string', examples: [`<${PREFIX}/things?skip=50>; rel="next"`] }
  }
}

const location = (path: string) => ({
  Location: {
    description: 'Where the record is.',
    schema: { type: 'string', examples: [`${PREFIX}${path.replace('{id}', '7')}`] }
  }
})

const REPLAYED = {
  'Idempotency-Replayed': {
    description: 'There where the call was made before, and is answered as it was then.',
    schema: { const: 'true' }
  }
}

const APPLIED = {
  'Preference-Applied': {
    description: 'What of `Prefer` was done.',
    schema: { enum: ['return=minimal', 'return=representation'] }
  }
}

const WRITTEN = { 'X-Rachis-Tx': { $ref: '#/components/headers/X-Rachis-Tx' } }

const ETAG = { ETag: { $ref: '#/components/headers/ETag' } }

const CACHE_CONTROL = { 'Cache-Control': { $ref: '#/components/headers/Cache-Control' } }
const CACHE_STATUS = { 'Cache-Status': { $ref: '#/components/headers/Cache-Status' } }

/** What is said of using the answer again. */
const cacheHeaders = ({ cache }: Operation) => ({
  ...ETAG,
  ...CACHE_CONTROL,
  ...(cache?.server === undefined ? {} : CACHE_STATUS)
})

/** The client has the answer of this read already. */
export const notModified = (operation: Operation) => ({
  description: 'The answer is the one that `If-None-Match` names',
  headers: cacheHeaders(operation)
})

const MODIFIED = { 'Last-Modified': { $ref: '#/components/headers/Last-Modified' } }

/** It answers the record as a read would. That of a PUT would say that the body was stored as it was sent. */
const isTaggedWrite = ({ effect, answers, http: { method }, form }: Operation): boolean =>
  effect === 'write' &&
  answers === 'record' &&
  form === undefined &&
  (method === 'POST' || method === 'PATCH')

const LINKS = { Link: { $ref: '#/components/headers/Link' } }

/** The headers of the answer to a call that succeeds. */
export const headersOf = (operation: Operation) => {
  const { location: path, form, effect, answers, validators } = operation

  return {
    headers: {
      ...(path !== undefined && form === undefined ? location(path) : {}),
      ...(effect === 'read' ? cacheHeaders(operation) : {}),
      ...(isTaggedWrite(operation) ? ETAG : {}),
      ...(validators?.modified ? MODIFIED : {}),
      ...(answers === 'page' ? LINKS : {}),
      ...(effect === 'write' ? { ...WRITTEN, ...REPLAYED } : {}),
      ...(mayBeMinimal(operation) ? APPLIED : {}),
      ...rateHeaderRefs
    }
  }
}
