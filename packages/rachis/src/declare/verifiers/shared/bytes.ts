import { typeInfo } from '../../column-types'
import type { FieldInfo } from '../../field-info'

/**
 * A row of a btree index takes 2704 bytes, headers included; a longer one refuses the write itself, with a 500.
 *
 * @see https://www.postgresql.org/docs/current/btree.html
 */
export const MAX_BYTES = 2600
/** UTF-8 takes up to four bytes a character. */
const BYTES_OF_A_CHARACTER = 4

/** The most that a value of this column takes in an index. */
export const bytesOf = ({ type, enum: words, value }: FieldInfo): number => {
  if (!typeInfo(type).isText) return 16
  const length = words
    ? Math.max(0, ...words.map((word) => word.length))
    : ((value.maxLength as number) ?? Infinity)

  return length * BYTES_OF_A_CHARACTER
}

/** PostgreSQL has no order for JSON that a query could use, and finds a word of a list by other indexes. */
export const isIndexable = ({ type }: FieldInfo): boolean => typeInfo(type).index === 'btree'
