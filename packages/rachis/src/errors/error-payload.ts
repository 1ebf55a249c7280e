/** One thing that is wrong with what a client sent. */
export interface ErrorDetail {
  field?: string
  message: string
  rule?: string
  expected?: unknown
  provided?: unknown
  /** What to write instead, such as the name that was probably meant. */
  hint?: string
  /** The line of a file, and the code of what went wrong with its record. */
  line?: number
  code?: string
  /** Seconds, where it is a matter of waiting. */
  retry_after?: number
}

/** What an error says besides its code. */
export interface Payload {
  message?: string
  field?: string
  /** What to do, where this case allows to say more than the catalogue does. */
  hint?: string
  details?: readonly ErrorDetail[]
  headers?: Record<string, string>
  cause?: unknown
}

/** Characters of what a client sent that an error repeats. */
const REPEATED = 200
/** Characters of a text of an error: the longest lists the fields of a resource. */
const MAX_TEXT = 5000

/**
 * The beginning of what a client sent, for an error to repeat. A name of 70 KB would come back several times as long.
 *
 * @example repeated('titel') // 'titel'
 */
export const repeated = (text: string): string =>
  text.length > REPEATED ? text.slice(0, REPEATED).replace(/[\ud800-\udbff]$/, '') : text

/** A text in which the name that it is about may stand as it came. */
const shortened = (text: string, name = ''): string => {
  const plain = name.length > REPEATED ? text.replaceAll(name, repeated(name)) : text

  return plain.slice(0, MAX_TEXT)
}

const shortDetail = (detail: ErrorDetail): ErrorDetail => {
  const { field, message, hint, provided } = detail

  return {
    ...detail,
    ...(field === undefined ? {} : { field: repeated(field) }),
    message: shortened(message, field),
    ...(typeof provided === 'string' ? { provided: repeated(provided) } : {}),
    ...(hint === undefined ? {} : { hint: shortened(hint, field) })
  }
}

/** The same with names, values and texts up to a length. */
export const shortPayload = (payload: Payload): Payload => {
  const { details, field = details?.[0]?.field, message, hint } = payload

  return {
    ...payload,
    ...(payload.field === undefined ? {} : { field: repeated(payload.field) }),
    ...(message === undefined ? {} : { message: shortened(message, field) }),
    ...(hint === undefined ? {} : { hint: shortened(hint, field) }),
    ...(details === undefined ? {} : { details: details.map(shortDetail) })
  }
}

/** Other names, by those that an error says. */
export type Names = ReadonlyMap<string, string>

/** Names what is wrong by another name, also where its message begins with it. */
const renamed = ({ field, message }: Pick<ErrorDetail, 'field' | 'message'>, names: Names) => {
  const [first = '', ...rest] = message.split(' ')

  return {
    ...(field === undefined ? {} : { field: names.get(field) ?? field }),
    message: [names.get(first) ?? first, ...rest].join(' ')
  }
}

/** The same with other names of what it is about; undefined where it is about none of them. */
export const renamedPayload = (
  payload: Payload & { readonly message: string },
  names: Names
): Payload | undefined => {
  const { details, field } = payload
  const isNamed = [field, ...(details ?? []).map((detail) => detail.field)].some(
    (name) => name !== undefined && names.has(name)
  )

  return isNamed
    ? {
        ...payload,
        ...renamed(payload, names),
        ...(details ? { details: details.map((detail) => ({ ...detail, ...renamed(detail, names) })) } : {})
      }
    : undefined
}
