import { literal } from '../../util/quote'
import { normalized } from '../normalized'
import type { ColumnTypeInfo, FieldTraits } from './column-type'
import { isStorable } from './shared/texts'

const MAX_LENGTH = 10_000

/** A column of ids of several resources, such as `record_id` of the audit, takes numbers as well. */
const isAlsoNumber = ({ value: { type } }: FieldTraits) => Array.isArray(type) && type.includes('integer')

const read = (value: unknown, field: FieldTraits): string | undefined => {
  if (typeof value === 'number' && isAlsoNumber(field)) return String(value)
  if (!isStorable(value) || value.length > MAX_LENGTH) return undefined
  const text = normalized(value, field)

  return field.enum && !field.enum.includes(text) ? undefined : text
}

const lengths = (column: string, { minLength, maxLength }: FieldTraits['value']): string[] => [
  ...(minLength ? [`char_length(${column}) >= ${minLength}`] : []),
  ...(maxLength ? [`char_length(${column}) <= ${maxLength}`] : [])
]

const conditions = (column: string, { value, enum: words, normalize }: FieldTraits): string[] => [
  ...(words ? [`${column} in (${words.map(literal).join(', ')})`] : lengths(column, value)),
  ...(normalize ? [`${column} = ${normalize}(${column})`] : [])
]

/** A text, or one of declared words. */
export const TEXT = {
  name: 'text',
  graphql: 'String',
  describes: ({ type }) => type === 'string',
  operand: { type: 'string' },
  shape: 'scalar',
  order: 'collation',
  index: 'btree',
  isText: true,
  query: { words: `a text of at most ${MAX_LENGTH} characters`, read },
  declared: { words: 'a text', accepts: isStorable },
  conditions,
  canonical: (value, field) => (typeof value === 'string' ? normalized(value, field) : value)
} as const satisfies ColumnTypeInfo
