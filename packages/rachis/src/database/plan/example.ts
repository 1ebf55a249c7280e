import type { Constraint, TableColumn } from '../../model/table'

const OF_TYPE: Readonly<Record<string, string>> = {
  boolean: 'false',
  date: '2026-01-31',
  'timestamptz(3)': '2026-01-31T12:00:00Z',
  uuid: '00000000-0000-7000-8000-000000000000',
  jsonb: '{}',
  'text[]': '[]',
  text: 'text'
}

/** The first word of a list of words, or the least number, that a check lets pass. */
const FIRST = / in \('((?:[^']|'')*)'| >= (-?[\d.]+)/

/**
 * A value that a column may hold, for what a person is told to type.
 *
 * @example exampleOf({ name: 'a', type: 'boolean', nullable: false }, []) // 'false'
 */
export const exampleOf = ({ name, type }: TableColumn, constraints: readonly Constraint[]): string => {
  const own = constraints.filter(({ fields }) => fields.length === 1 && fields[0] === name)
  if (own.some(({ kind }) => kind === 'foreign key')) return '1'
  const found = own.map(({ kind, sql }) => (kind === 'check' ? FIRST.exec(sql) : null)).find(Boolean)
  const value = type in OF_TYPE ? found?.[1]?.replace(/''/g, "'") : found?.[2]

  return value ?? OF_TYPE[type] ?? '0'
}

/** A word as a shell takes it. @example shellWord('a=b c') // "'a=b c'" */
export const shellWord = (word: string): string =>
  /^[\w.=:+-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`
