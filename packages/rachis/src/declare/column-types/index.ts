import type { TSchema } from '@feathersjs/typebox'
import { BIGINT } from './bigint'
import { BOOLEAN } from './boolean'
import type { ColumnTypeInfo, Unit } from './column-type'
import { UNITS } from './column-type'
import { DATE } from './date'
import { DOUBLE_PRECISION } from './double-precision'
import { INTEGER } from './integer'
import { JSONB } from './jsonb'
import { NUMERIC } from './numeric'
import { TEXT } from './text'
import { TEXT_ARRAY } from './text-array'
import { TIMESTAMPTZ } from './timestamptz'
import { UUID } from './uuid'

export { BIGINT, BOOLEAN, INTEGER, JSONB, NUMERIC, TEXT, TIMESTAMPTZ }
export { UNITS }
export type { ColumnTypeInfo, Unit }
export { instantOf } from './shared/instants'
export { isRounded } from './shared/numbers'

const ALL = [
  BIGINT, INTEGER, DOUBLE_PRECISION, NUMERIC, TEXT, BOOLEAN, UUID, TIMESTAMPTZ, DATE, JSONB, TEXT_ARRAY
] as const // prettier-ignore

type Known = (typeof ALL)[number]
/** The name of a PostgreSQL type that fields can have. */
export type ColumnType = Known['name']
/** The type of ids that a resource can have. */
export type IdType = Extract<Known, { readonly id: object }>['name']
/** Types whose order is the same in PostgreSQL and in JavaScript. */
export type OrderedType = Extract<Known, { readonly order: 'everywhere' }>['name']

/**
 * The names of all column types, in the order in which they are listed to people.
 *
 * @example COLUMN_TYPES.includes('uuid') // true
 */
export const COLUMN_TYPES: readonly ColumnType[] = ALL.map(({ name }) => name)

/** What is known of all column types, in the order in which they are listed to people. */
export const INFOS: readonly ColumnTypeInfo<ColumnType>[] = ALL
const BY_NAME: ReadonlyMap<string, ColumnTypeInfo> = new Map(INFOS.map((info) => [info.name, info]))

/** Stands for an unknown type: the verifier of fields reports it, and the other verifiers go on without reporting it again. */
const UNKNOWN: ColumnTypeInfo = {
  name: '',
  graphql: '',
  operand: { type: 'string' },
  shape: 'scalar',
  order: 'sort-only',
  index: 'btree',
  declared: { words: '', accepts: () => true }
}

/** Whether there is a column type of this name. */
export const isColumnType = (name: string): name is ColumnType => BY_NAME.has(name)

/** A field, a column or whatever else has a column type. */
export interface Typed {
  readonly type: ColumnType
}

/**
 * What is known of a column type.
 *
 * @example typeInfo('boolean').order // 'sort-only'
 */
export const typeInfo = (name: ColumnType | undefined): ColumnTypeInfo =>
  (name === undefined ? undefined : BY_NAME.get(name)) ?? UNKNOWN

export const ID_TYPES: readonly ColumnType[] = INFOS.filter(({ id }) => id).map(({ name }) => name)

/** Whether it has one value, and not a list or JSON. */
export const isScalar = ({ type }: Typed): boolean => typeInfo(type).shape === 'scalar'

/** Whether its values are numbers, which can be added up. */
export const isNumber = ({ type }: Typed): boolean => typeInfo(type).isNumber === true

/** What SQL would cast to each other and memory would not is compared within one kind alone. */
export const kindOf = (typed: Typed): string => (isNumber(typed) ? 'number' : typed.type)

/** Whether a query may sort by it. */
export const isSortable = ({ type }: Typed): boolean => typeInfo(type).order !== 'none'

/** Whether PostgreSQL and JavaScript agree on the order of its values. */
export const isOrderedEverywhere = ({ type }: Typed): boolean => typeInfo(type).order === 'everywhere'

/** Whether bounds such as `$gte` mean something, be it to the database alone. */
export const hasBounds = (typed: Typed): boolean =>
  isOrderedEverywhere(typed) || typeInfo(typed.type).order === 'collation'

/**
 * The column type for a JSON schema, which may name one itself; undefined where there is none.
 *
 * @example columnType({ type: 'string', format: 'date' }) // 'date'
 */
export const columnType = ({ column, format, type, items }: TSchema): ColumnType | undefined => {
  // A list of one type is that type. Anything else that a declaration may say by mistake is none.
  const [only, ...more] = [type as unknown].flat()
  const schema = { type: typeof only === 'string' && more.length === 0 ? only : '', items }
  const found =
    INFOS.find((info) => info.format !== undefined && info.format === format) ??
    INFOS.find((info) => info.describes?.(schema))

  return column ?? found?.name
}
