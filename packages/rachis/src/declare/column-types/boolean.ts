import type { ColumnTypeInfo } from './column-type'

const READ = new Map<unknown, boolean>([[true, true], ['true', true], [false, false], ['false', false]]) // prettier-ignore

/** Yes or no. */
export const BOOLEAN = {
  name: 'boolean',
  graphql: 'Boolean',
  describes: ({ type }) => type === 'boolean',
  operand: { type: 'boolean' },
  shape: 'scalar',
  order: 'sort-only',
  index: 'btree',
  isBinary: true,
  query: { words: 'true or false', read: (value) => READ.get(value) },
  declared: { words: 'true or false', accepts: (value) => typeof value === 'boolean' },
  jsonText: (column) => `${column}::text`
} as const satisfies ColumnTypeInfo
