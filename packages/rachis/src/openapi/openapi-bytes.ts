import { answersBytes } from '../model/operation'
import type { Operation } from '../model/operations'
import { errorRefs } from './openapi-errors'
import type { Answer, Parameter, Ref } from './openapi-document'

/** Headers of answers that are bytes. */
export const bytesHeaders = {
  'Accept-Ranges': { description: 'Ranges of the bytes can be asked for.', schema: { const: 'bytes' } },
  'Content-Disposition': {
    description: 'The name (RFC 6266), and whether a browser shows the bytes or saves them.',
    schema: { type: 'string', examples: ['inline; filename="tea.png"'] }
  }
}

/** Its type is that of the bytes. */
const CONTENT = { '*/*': { schema: { type: 'string', format: 'binary' } } }

const refs = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const HEADERS = refs('ETag', 'Cache-Control', 'Accept-Ranges', 'Content-Disposition')

export const bytesAnswer: Answer = { description: 'The bytes', headers: HEADERS, content: CONTENT }

const PART: Answer = {
  description: 'The range of the bytes that `Range` asks for',
  headers: { ...HEADERS, ...refs('Content-Range') },
  content: CONTENT
}

/** What else is answered to who asks for bytes. */
export const bytesAnswers = (operation: Operation): Readonly<Record<string, Answer | Ref>> =>
  answersBytes(operation) ? { 206: PART, ...errorRefs([404, 412, 416]) } : {}

const header = (name: string, description: string, examples: readonly string[]): Parameter => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string', examples }
})

const PARAMETERS: readonly Parameter[] = [
  header('Range', 'A range of the bytes; several are answered by the whole.', ['bytes=0-1023', 'bytes=-500']),
  header('If-Range', 'The `ETag` of the bytes that the client has a part of: others are answered as a whole.', ['"a1b2"']), // prettier-ignore
  header('If-Match', 'The `ETag` that the bytes must have, or `*`: else 412.', ['"a1b2"'])
]

/** What may be asked of bytes. */
export const bytesParameters = (operation: Operation): readonly Parameter[] =>
  answersBytes(operation) ? PARAMETERS : []
