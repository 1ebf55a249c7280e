/**
 * A place in the feed. `epoch` names one history of the table of changes: ids of another one mean nothing here, though they look
 * alike. `id` is that of the last change up to this place.
 */
export interface Position {
  readonly epoch: string
  readonly id: number
}

const POSITION = /^(?<epoch>[\da-z]+(?:-[\da-z]+)*)\.(?<id>0|[1-9]\d{0,15})$/

/**
 * A position as clients and stored rows have it: opaque to them, in ASCII.
 *
 * @example formatPosition({ epoch: '5-16402-16402', id: 1234 }) // '5-16402-16402.1234'
 */
export const formatPosition = ({ epoch, id }: Position): string => `${epoch}.${id}`

/**
 * Reads what `formatPosition` wrote; undefined where the text is none of it.
 *
 * @example parsePosition('5-16402-16402.1234') // { epoch: '5-16402-16402', id: 1234 }
 */
export const parsePosition = (text: string): Position | undefined => {
  const { epoch, id } = POSITION.exec(text)?.groups ?? {}
  if (epoch === undefined || !Number.isSafeInteger(Number(id))) return undefined

  return { epoch, id: Number(id) }
}
