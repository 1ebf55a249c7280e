import type {
  Answer,
  DocumentParts,
  OperationObject,
  Parameter,
  Schema,
  Supplement
} from '../openapi/openapi-document'
import { json, recordName, schemaRef } from '../openapi/openapi-document'
import { errorRefs } from '../openapi/openapi-errors'
import { ALGORITHMS, EXTENSIONS, TUS } from './tus-headers'

const header = (name: string, description: string, schema: Schema = { type: 'string' }): Parameter => ({
  name,
  in: 'header',
  description,
  schema
})
const required = (parameter: Parameter): Parameter => ({ ...parameter, required: true })

const fieldParameter: Parameter = {
  name: 'field',
  in: 'query',
  description: 'The field that the file is meant for, whose limits hold: `posts.picture_id`',
  schema: { type: 'string' }
}

const KEY = header('Idempotency-Key', 'A new UUID for each file: with the same one the same form makes one file, however often it is sent within a day.', { type: 'string', minLength: 1, maxLength: 255 }) // prettier-ignore

/** Headers of answers. */
const HEADERS = {
  Location: { description: 'Where it is.', schema: { type: 'string' } },
  'Idempotency-Replayed': { description: 'There where the form was sent before.', schema: { const: 'true' } },
  'Tus-Resumable': { description: 'The version of the protocol.', schema: { const: TUS } },
  'Tus-Version': { description: 'The versions that are spoken here.', schema: { const: TUS } },
  'Tus-Extension': { description: 'The extensions that are spoken here.', schema: { const: EXTENSIONS } },
  'Tus-Max-Size': { description: 'Bytes of a file, at most.', schema: { type: 'integer' } },
  'Tus-Checksum-Algorithm': {
    description: 'For `Upload-Checksum`.',
    schema: { const: ALGORITHMS.join(',') }
  },
  'Upload-Offset': { description: 'Bytes that are there.', schema: { type: 'integer', minimum: 0 } },
  'Upload-Length': { description: 'Bytes that were announced.', schema: { type: 'integer', minimum: 1 } },
  'Upload-Expires': { description: 'Until when it can be gone on with.', schema: { type: 'string' } },
  'Upload-Metadata': {
    description: 'All that the upload was begun with.',
    schema: { type: 'string' }
  },
  'Content-Location': { description: 'With the last byte: the file.', schema: { type: 'string' } }
} as const

const answer = (description: string, ...names: (keyof typeof HEADERS)[]): Answer => ({
  description,
  headers: Object.fromEntries(names.map((name) => [name, HEADERS[name]]))
})

const upload: OperationObject = {
  operationId: 'files_upload',
  tags: ['files'],
  summary: 'Upload one file in a form',
  parameters: [fieldParameter, KEY],
  requestBody: {
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object',
          properties: { file: { type: 'string', format: 'binary' } },
          required: ['file']
        }
      }
    }
  },
  responses: {
    201: {
      ...answer('Uploaded', 'Location', 'Idempotency-Replayed'),
      content: json({ schema: schemaRef(recordName('files')) })
    },
    ...errorRefs([400, 401, 403, 409, 413, 415, 422, 429, 500, 503])
  }
}

const version = header('Tus-Resumable', 'The version of the protocol', { type: 'string', enum: [TUS] })
const checksum = header('Upload-Checksum', `The checksum of the body in Base64, behind its algorithm: ${ALGORITHMS.join(', ')}`, { type: 'string', examples: ['sha1 Lve95gjOVATpfV8EL5X4nxwjKHE='] }) // prettier-ignore

/** The protocol has a status of its own for it. */
const WRONG_CHECKSUM: Answer = {
  description: 'The bytes are not those of `Upload-Checksum`; none of them is kept.',
  content: json({ schema: schemaRef('Error') })
}

const LOCKED: Answer = {
  description: '`UPLOAD_LOCKED`: another request writes the upload, or it becomes a file at this moment.',
  headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } },
  content: json({ schema: schemaRef('Error') })
}

const append: OperationObject = {
  operationId: 'uploads_append',
  tags: ['uploads'],
  summary: 'Add bytes to a resumable upload, as tus 1.0 says',
  parameters: [required(version), required(header('Upload-Offset', 'Where the bytes begin', { type: 'integer', minimum: 0 })), checksum], // prettier-ignore
  requestBody: {
    required: true,
    content: { 'application/offset+octet-stream': { schema: { type: 'string', format: 'binary' } } }
  },
  responses: {
    204: answer('Added; with the last byte it is a file', 'Tus-Resumable', 'Upload-Offset', 'Upload-Length', 'Upload-Expires', 'Content-Location'), // prettier-ignore
    ...errorRefs([400, 401, 403, 404, 409, 412, 413, 415, 422]),
    423: LOCKED,
    ...errorRefs([429]),
    460: WRONG_CHECKSUM,
    ...errorRefs([500, 503])
  }
}

const ask: OperationObject = {
  operationId: 'uploads_offset',
  tags: ['uploads'],
  summary: 'How far a resumable upload is, as tus 1.0 says',
  parameters: [required(version)],
  responses: {
    200: answer('How far it is; as far as its length, it is a file', 'Tus-Resumable', 'Upload-Offset', 'Upload-Length', 'Upload-Expires', 'Upload-Metadata'), // prettier-ignore
    ...errorRefs([401, 403, 404, 412]),
    423: LOCKED,
    ...errorRefs([429, 500, 503])
  }
}

const abilities = (operationId: string): OperationObject => ({
  operationId,
  tags: ['uploads'],
  summary: 'What of tus is spoken here',
  responses: {
    204: answer('What can be done', 'Tus-Resumable', 'Tus-Version', 'Tus-Extension', 'Tus-Max-Size', 'Tus-Checksum-Algorithm') // prettier-ignore
  }
})

/** The same addresses are those of the records: `Tus-Resumable` says which is meant. */
const creation: Supplement = {
  description: 'With `Tus-Resumable` it begins a resumable upload, as tus 1.0 says: without a body, of `Upload-Length` bytes. The answer has no body, and `Location` is where they go.', // prettier-ignore
  parameters: [
    version,
    header('Upload-Length', 'Bytes of the file', { type: 'integer', minimum: 1 }),
    header('Upload-Metadata', 'Keys, each with its value in Base64: `filename`, `filetype` and `field` are read, and all of them answered by `HEAD`; 4,096 characters at most', { type: 'string', examples: ['filename dGVhLnBuZw==,field cG9zdHMucGljdHVyZV9pZA=='] }) // prettier-ignore
  ],
  responses: errorRefs([412, 413, 422])
}
const termination: Supplement = {
  description: 'With `Tus-Resumable` it is answered as tus 1.0 says.',
  parameters: [version],
  responses: { 204: answer('With `Tus-Resumable`: removed', 'Tus-Resumable'), ...errorRefs([412]) }
}

/** The requests that are no operations, and what operations of the same addresses take besides. */
export const documents = (): DocumentParts => ({
  paths: {
    '/files': { post: upload },
    '/uploads': { options: abilities('uploads_options') },
    '/uploads/{id}': { head: ask, patch: append, options: abilities('uploads_options_of') }
  },
  supplements: { '/uploads': { post: creation }, '/uploads/{id}': { delete: termination } },
  description:
    'Upload a file by `POST /files`, or resumably by [tus](https://tus.io) at `/uploads`; refer to it by its id.'
})
