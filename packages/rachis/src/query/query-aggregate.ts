import type { RowPredicate } from '../declare/predicate'
import { and, column, TRUE } from '../declare/predicate'
import { GROUPS } from '../model/aggregate'
import type { Model } from '../model/model'
import { readPage } from '../model/pages'
import { maskOf } from '../rules/masks'
import type { Grouping } from '../sql/groups'
import { FUNCTIONS } from '../sql/groups'
import { searchedFor } from '../sql/search'
import { isTimeZone, similarTimeZone } from '../util/time-zone'
import { parseQuery } from './query'
import { FilterReader } from './query-filter'
import type { NamedKey, NamedValue } from './query-groups'
import { GroupColumns } from './query-groups'
import type { Raw, Reader } from './query-scope'
import { badQuery, PARAMETERS, pick, Scope } from './query-scope'
import { readSort } from './query-sort'
import { isObject } from '../util/is-object'

/** What a query asks of groups; the rest of it are filters. A field of such a name is filtered by under `filter`. */
const OWN: readonly string[] = [
  ...['group', ...FUNCTIONS, 'having', 'tz'],
  ...['sort', '$sort', 'limit', '$limit', 'skip', '$skip']
]
const OF_FILTERS: readonly string[] = ['filter', 'search', '$search']

/** What an unknown parameter may have been meant as. */
const OFFERED = [...OWN, ...OF_FILTERS].filter((name) => !name.startsWith('$'))

/** A query for groups understood: typed and checked. */
export interface ParsedAggregate extends Grouping {
  readonly keys: readonly NamedKey[]
  readonly values: readonly NamedValue[]
  /** Names of the values that are answered: others are there to sort or choose by. */
  readonly answered: readonly string[]
}

const namesIn = (raw: Raw, name: string): string[] => {
  const given = raw[name]
  if (given === undefined || given === '') return []
  const parts = [given].flat()
  if (!parts.every((part) => typeof part === 'string') || parts.length > 100)
    throw badQuery(name, `${name} takes names of fields`, `Write ${name}=${name === 'count' ? '*' : 'price,weight'}`) // prettier-ignore

  return [...new Set(parts.flatMap((part) => part.split(',')))]
}

const zoneOf = ({ tz = 'UTC' }: Raw): string => {
  if (isTimeZone(tz)) return tz
  const near = typeof tz === 'string' ? similarTimeZone(tz) : undefined
  throw badQuery('tz', 'tz is not the name of a time zone', near ? `Did you mean ${near}?` : 'Write a name of the tz database, such as Europe/Berlin') // prettier-ignore
}

/** Reads conditions on groups by the grammar of filters. */
class HavingReader extends FilterReader {
  constructor(
    scope: Scope,
    private readonly columns: GroupColumns
  ) {
    super(scope)
  }

  protected override comparison(key: string, value: unknown): RowPredicate {
    const { field, alias, type } = this.columns.find(key)
    const of = column(alias, type)

    return isObject(value) ? this.operators(field, value, of) : this.equality(field, value, of)
  }
}

const havingOf = (scope: Scope, columns: GroupColumns, { having }: Raw): RowPredicate => {
  if (having === undefined) return TRUE
  if (!isObject(having)) throw badQuery('having', 'having takes conditions on groups', 'Write having[count][$gte]=2') // prettier-ignore

  return new HavingReader(scope, columns).filter(having)
}

/** Which records are meant. */
const chosen = (model: Model, raw: Raw, reader: Reader): RowPredicate => {
  const filters = Object.fromEntries(Object.entries(raw).filter(([name]) => !OWN.includes(name)))
  const other = Object.keys(filters).find((name) => PARAMETERS.includes(name) && !OF_FILTERS.includes(name))
  if (other !== undefined) throw badQuery(other, `${other} is not a parameter here`, `Parameters here: ${OWN.filter((name) => !name.startsWith('$')).join(', ')}, and filters`) // prettier-ignore
  const { where, search } = parseQuery(model, filters, reader, model.page, OFFERED)

  return search ? and([where, searchedFor(search)]) : where
}

/** The values that are asked for by the parameters of their functions; the number of records where none is. */
const askedValues = (columns: GroupColumns, raw: Raw): string[] => {
  const asked = FUNCTIONS.flatMap((name) => namesIn(raw, name).map((of) => columns.value(name, of).name))
  return asked.length > 0 ? asked : [columns.value('count', '*').name]
}

/**
 * A raw query for groups, checked against the fields that this reader may read. Records of which they may not read what is grouped by are
 * in no group.
 *
 * @example parseAggregate(invoices, { group: 'status', sum: 'total', having: { count: { $gt: 1 } } }, readerOf(user))
 * // { keys: [status], values: [sum.total, count.*], answered: ['sum.total'], having: v1 > 1, limit: 100, skip: 0, … }
 * @throws {ApiError} BAD_QUERY for what is not known or does not fit its place, VALIDATION_ERROR for a value of the wrong type,
 * FORBIDDEN for a field that the reader may not read
 */
export const parseAggregate = (model: Model, raw: Raw, reader: Reader): ParsedAggregate => {
  const scope = new Scope(model, reader)
  const columns = new GroupColumns(scope, namesIn(raw, 'group'))
  const answered = askedValues(columns, raw)
  const sorted = pick(raw, '$sort', 'sort')
  const shown = columns.keys.map((key) => maskOf(scope.masks, key.column))
  const { $limit, limit, $skip, skip } = raw

  return {
    where: and([chosen(model, raw, reader), ...shown]),
    keys: columns.keys,
    answered,
    zone: zoneOf(raw),
    having: havingOf(scope, columns, raw),
    sort: sorted === undefined ? {} : readSort(sorted, (name) => columns.find(name).alias),
    ...readPage({ $limit, limit, $skip, skip }, GROUPS.page),
    masks: scope.masks,
    values: columns.values
  }
}
