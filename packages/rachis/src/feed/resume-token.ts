import type { Position } from './positions'
import { formatPosition, parsePosition } from './positions'

/** What a client keeps to go on where it was: a place in the feed, and a mark of what it was allowed to read there. */
export interface ResumeToken extends Position {
  readonly rights: string
}

const TOKEN = /^1\.(?<position>[\w.-]{1,80})\.(?<rights>[\w-]{92})$/

/** A place as events name it: a token without the rights, which are not the same for all who receive an event. */
export const formatPlace = (place: Position): string => `1.${formatPosition(place)}`

/**
 * A token as clients have it, with the version of its form in front: opaque to them, in ASCII, at most 200 characters, so that it can be the id of a server-sent event. Nothing
 * is granted by it: what is replayed behind it is read by the present rights.
 *
 * @example formatToken({ epoch: '5-16402-16402', id: 1234, rights }) // '1.5-16402-16402.1234.q83v…'
 */
export const formatToken = ({ rights, ...position }: ResumeToken): string =>
  `${formatPlace(position)}.${rights}`

/** Reads what `formatToken` wrote; undefined where the text is none of it. */
export const parseToken = (text: string): ResumeToken | undefined => {
  const { position, rights } = TOKEN.exec(text)?.groups ?? {}
  const place = position === undefined ? undefined : parsePosition(position)

  return place && { ...place, rights: rights! }
}
