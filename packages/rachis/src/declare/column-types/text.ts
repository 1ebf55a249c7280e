import type { ColumnTypeInfo } from './column-type'

/** A text, or one of declared words. */
export const TEXT = {
  name: 'text',
  graphql: 'String',
  describes: ({ type }) => type === 'string',
  operand: { type: 'string' },
  shape: 'scalar',
  order: 'collation',
  index: 'btree',
  isText: true
} as const satisfies ColumnTypeInfo
