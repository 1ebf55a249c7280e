import type { ColumnTypeInfo } from './column-type'

/** A UUID, which rows have in lower case. */
export const UUID = {
  name: 'uuid',
  graphql: 'UUID',
  format: 'uuid',
  operand: { type: 'string', format: 'uuid' },
  shape: 'scalar',
  order: 'sort-only',
  index: 'btree',
  id: { schema: { type: 'string', format: 'uuid' }, default: 'uuid_v7()' }
} as const satisfies ColumnTypeInfo
