import type { ColumnTypeInfo } from './column-type'

/** Yes or no. */
export const BOOLEAN = {
  name: 'boolean',
  graphql: 'Boolean',
  describes: ({ type }) => type === 'boolean',
  operand: { type: 'boolean' },
  shape: 'scalar',
  order: 'sort-only',
  index: 'btree',
  isBinary: true
} as const satisfies ColumnTypeInfo
