import type { FieldInfo } from '../declare'
import { typeInfo } from '../declare/column-types'
import { ApiError, repeated } from '../errors/errors'
import type { Model } from '../model/model'
import { similar } from '../util/similar'
import { restored } from '../util/csv'
import type { Row } from '../sql/database'
import type { ImportOptions } from './import-options'
import { separatorHint } from './record-faults'

/** What a file may hold of a resource. */
export interface RecordColumns {
  readonly fields: ReadonlyMap<string, FieldInfo>
  /** Whether a field is written, or finds the record that is. */
  isTaken(name: string): boolean
}

/** What was exported has columns that only the server writes: they are known, and passed over. */
export const recordColumns = ({ fields }: Model, { upsert }: ImportOptions): RecordColumns => {
  const isWritten = ({ writable }: FieldInfo) => writable !== 'never'
  const known = [...fields.values()].filter((field) => isWritten(field) || !field.hidden)
  const taken = new Set(known.filter(isWritten).map(({ name }) => name))
  if (upsert) taken.add(upsert.name)

  return { fields: new Map(known.map((field) => [field.name, field])), isTaken: (name) => taken.has(name) }
}

const unknownColumn = (name: string, { fields }: RecordColumns) => {
  const near = similar(name, fields.keys())
  const separator = /[;\t|]/.exec(name)?.[0]
  if (separator) return new ApiError('BAD_REQUEST', { message: `The first line is one name: ${repeated(name)}`, hint: separatorHint(separator) }) // prettier-ignore
  const hint = near ? `Did you mean ${near}?` : `Columns here: ${[...fields.keys()].join(', ')}`

  return new ApiError('BAD_REQUEST', { field: name, message: `${repeated(name)} is not a column here`, hint })
}

/**
 * The names in the first line of a CSV.
 *
 * @throws BAD_REQUEST for a column that is not known, or stands there twice
 */
export const readHead = (cells: readonly unknown[], columns: RecordColumns): string[] => {
  const names = cells.map((cell) => String(cell ?? '').trim())
  for (const [index, name] of names.entries()) {
    if (!columns.fields.has(name)) throw unknownColumn(name, columns)
    if (names.indexOf(name) !== index)
      throw new ApiError('BAD_REQUEST', { field: name, message: `The column ${name} stands in the first line twice` }) // prettier-ignore
  }

  return names
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // The validator says what was expected.
    return text
  }
}

/** Nothing is null where the field can be that, else what a creation sets where a field is left out. */
const nothing = ({ nullable }: FieldInfo) => (nullable ? null : undefined)

/** What cannot be read stays a text, of which the validator says what was expected. */
const valueOf = (cell: string | null, field: FieldInfo): unknown => {
  const { isText, shape, query } = typeInfo(field.type)
  if (cell === null) return nothing(field)
  const text = restored(cell)
  if (isText) return text
  // Programs for tables quote what they like.
  if (text === '') return nothing(field)
  if (shape !== 'scalar') return jsonOf(text)

  return query?.read(text, field) ?? query?.read(text.toLowerCase(), field) ?? text
}

/** The values of a line of CSV by the names of its columns; null stands for nothing at all between two commas. */
export const rowOfCells = (
  cells: readonly (string | null)[],
  names: readonly string[],
  { fields, isTaken }: RecordColumns
): Row =>
  Object.fromEntries(
    names.flatMap((name, index): [string, unknown][] => {
      const value = isTaken(name) ? valueOf(cells[index]!, fields.get(name)!) : undefined
      return value === undefined ? [] : [[name, value]]
    })
  )
