import { timingSafeEqual } from 'crypto'

/** Whether bytes are the same, in a time that says nothing of where they differ: nobody can guess a signature or a hash byte by byte. */
export const sameBytes = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other)
