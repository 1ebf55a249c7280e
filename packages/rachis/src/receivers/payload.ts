import { ApiError } from '../errors/errors'
import { textProblem } from '../model/shape'

const assertStorable = (text: unknown): void => {
  const problem = typeof text === 'string' ? textProblem(text) : undefined
  if (problem) throw new SyntaxError(`A text ${problem}`)
}

/**
 * The JSON of a body.
 *
 * @throws MALFORMED_BODY for what is no JSON in UTF-8, is nested too deep, or has characters that cannot be stored
 */
export const parsePayload = (body: Buffer): unknown => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    return JSON.parse(text, (name, value: unknown) => {
      assertStorable(name)
      assertStorable(value)
      return value
    })
  } catch (cause) {
    throw new ApiError('MALFORMED_BODY', {
      message: 'The body of the webhook cannot be read',
      hint: 'Send JSON in UTF-8, without the character U+0000',
      cause
    })
  }
}
