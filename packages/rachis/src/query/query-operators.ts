import type { FieldInfo } from '../declare'

const ORDERED = new Set([
  'bigint',
  'integer',
  'double precision',
  'numeric(12,2)',
  'text',
  'date',
  'timestamptz(3)'
])
const COMPARISONS = ['$lt', '$lte', '$gt', '$gte']
/** Operators whose operand is a list. */
export const LISTS = ['$in', '$nin']

/** The operators that a column takes, `$eq` left out. */
export const operatorsFor = ({ type, nullable, enum: options }: FieldInfo): string[] => {
  if (type === 'text[]') return ['$contains', ...(nullable ? ['$null'] : [])]
  if (type === 'jsonb') return nullable ? ['$null'] : []

  return [
    '$ne',
    ...LISTS,
    ...(ORDERED.has(type) && !options ? COMPARISONS : []),
    ...(type === 'text' && !options ? ['$ilike'] : []),
    ...(nullable ? ['$null'] : [])
  ]
}
