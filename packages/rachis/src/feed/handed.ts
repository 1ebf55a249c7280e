import { deserialize, serialize } from 'v8'
import type { StoredChange } from './change'
import type { Look } from './looks'

/** What a process asks of the one that reads the table for it. */
export type ToReader =
  | {
      readonly kind: 'next'
      readonly id: number
      readonly epoch: string
      readonly cursor: number
      readonly asked: readonly string[]
      /** Number of the last look that it was handed; undefined where it wants one that begins from now on. */
      readonly seen?: number
      /** Number of the waiting changes that it has. */
      readonly waiting?: number
    }
  | { readonly kind: 'wake'; readonly asked: readonly string[]; readonly wrote: boolean }

/** What it is answered; `bytes` are a `Handed`. */
export interface FromReader {
  readonly id: number
  readonly bytes: Uint8Array
}

export interface HandedLook extends Omit<Look, 'waiting'> {
  /** Its number: looks have ascending ones. */
  readonly number: number
  /** Number of the waiting changes, and these where the asker does not have them yet. */
  readonly waitingNumber: number
  readonly waiting?: readonly StoredChange[]
}

/** A look; undefined where the place is too far back, so that the asker has to read the table itself. */
export type Handed = HandedLook | undefined

/** Encoded once for all processes that are at the same place: to write it out costs more than to send it. */
export const encodeHanded = (handed: Handed): Uint8Array => serialize(handed)

export const decodeHanded = (bytes: Uint8Array): Handed => deserialize(bytes) as Handed
