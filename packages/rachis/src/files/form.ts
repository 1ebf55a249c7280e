import type { IncomingMessage } from 'http'
import type { Readable } from 'stream'
import { Busboy } from '@fastify/busboy'
import type { BusboyHeaders, BusboyInstance } from '@fastify/busboy'
import { ApiError, validationError } from '../errors/errors'

/** The file of a form, which is read as it comes. */
export interface FormFile {
  readonly bytes: Readable
  readonly name: string
  /** As its sender says. */
  readonly type: string
  /** Resolves once the form has ended. @throws VALIDATION_ERROR where it has another file */
  ended(): Promise<void>
}

const HINT = 'Send one file as multipart/form-data, with its boundary in Content-Type and all of the body, as curl -F file=@tea.png does' // prettier-ignore
const malformed = (message: string) => new ApiError('MALFORMED_BODY', { message, hint: HINT })
const oneFile = (message: string) => validationError([{ field: 'file', message, rule: 'count', expected: 1 }])

/** What else a form has is not used. */
const LIMITS = { files: 1, fields: 20, parts: 25, fieldSize: 1000, fieldNameSize: 100, headerPairs: 20 }

const parserOf = (request: IncomingMessage): BusboyInstance => {
  try {
    return new Busboy({ headers: request.headers as BusboyHeaders, limits: LIMITS })
  } catch (error) {
    throw malformed(`The form cannot be read: ${(error as Error).message}`)
  }
}

/**
 * The first file of a form (RFC 7578). Its bytes are read no faster than they are taken; where the client goes away, reading them fails.
 *
 * @throws MALFORMED_BODY, VALIDATION_ERROR for a form without a file
 */
export const fileOfForm = (request: IncomingMessage): Promise<FormFile> => {
  const parser = parserOf(request)
  const ended = new Promise<void>((resolve, reject) => {
    parser.once('filesLimit', () => reject(oneFile('is sent twice: send one file in a form')))
    parser.once('error', (error) => reject(malformed(`The form cannot be read: ${(error as Error).message}`)))
    parser.once('finish', resolve)
    const close = () => {
      if (!request.complete) reject(malformed('The body ended before it was complete'))
    }
    // The client may have gone while it was asked who they are.
    if (request.destroyed) close()
    else request.once('close', close)
  })
  ended.catch(() => undefined)

  return new Promise((resolve, reject) => {
    parser.once('file', (_field, bytes, name, _encoding, type) => {
      // It is told by who reads the bytes.
      bytes.on('error', () => undefined)
      ended.catch((error: Error) => bytes.destroy(error))
      resolve({ bytes, name: name || 'file', type: type.toLowerCase(), ended: () => ended })
    })
    ended.then(() => reject(oneFile('is required: send a form with a file')), reject)
    request.pipe(parser)
  })
}
