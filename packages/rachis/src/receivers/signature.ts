import { createHmac } from 'crypto'
import { sameBytes } from '../util/same-bytes'
import type { Claim } from './schemes/scheme'

/** Signatures of one request that are looked at: senders that change a secret send two. */
const MOST_SIGNATURES = 8

const hmac = (key: Buffer, signed: Claim['signed']): Buffer => {
  const mac = createHmac('sha256', key)
  for (const part of signed) mac.update(part)

  return mac.digest()
}

/**
 * Whether one of the keys has made one of the signatures, and not too long ago.
 *
 * @param tolerance seconds that the time of a request may differ from that of this machine, in either direction
 */
export const isAuthentic = (
  { signed, signatures, timestamp }: Claim,
  keys: readonly Buffer[],
  tolerance: number
): boolean => {
  const given = signatures.slice(0, MOST_SIGNATURES)
  const isFresh = timestamp === undefined || Math.abs(Date.now() / 1000 - timestamp) <= tolerance
  const isSigned = keys
    .map((key) => hmac(key, signed))
    .some((expected) => given.some((signature) => sameBytes(expected, signature)))

  return isFresh && isSigned
}
