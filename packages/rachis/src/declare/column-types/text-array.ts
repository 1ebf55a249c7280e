import { literal } from '../../util/quote'
import type { ColumnTypeInfo } from './column-type'
import { isStorable } from './shared/texts'

const arrayLiteral = (texts: readonly string[]) =>
  literal(`{${texts.map((text) => `"${text.replace(/(["\\])/g, '\\$1')}"`).join(',')}}`)

/** A list of texts, such as tags. A query asks for texts that it has. */
export const TEXT_ARRAY = {
  name: 'text[]',
  graphql: '[String!]',
  describes: ({ type, items }) => type === 'array' && items?.type === 'string',
  operand: { type: 'string' },
  shape: 'list',
  order: 'none',
  index: 'none',
  declared: {
    words: 'a list of texts',
    accepts: (value) => Array.isArray(value) && value.every(isStorable)
  },
  defaultSql: (value) => `${arrayLiteral(value as string[])}::text[]`,
  conditions: (column, { value: { maxItems } }) => (maxItems ? [`cardinality(${column}) <= ${maxItems}`] : [])
} as const satisfies ColumnTypeInfo
