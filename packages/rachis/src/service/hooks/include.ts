import type { RelationInfo } from '../../model/models'
import type { Include } from '../../query/query'
import { MAX_RECORDS, MAX_RELATED } from '../../query/query-include'
import type { Row } from '../../sql/database'
import type { RelatedOptions } from '../../sql/statements'
import { isShown, NO_MASKS, shownOf, withMaskColumns } from '../../rules/masks'
import { serviceAt } from '../../declare/service-at'
import { ApiError } from '../../errors/errors'
import type { CallContext, Hook } from './context'
import { afterwards } from './phased'

type Related = Omit<Include, 'includes'>

/** How many more related records an answer may hold. */
class Room {
  private left = MAX_RECORDS
  take(placed: Times) {
    for (const times of placed.values()) this.left -= times
    if (this.left >= 0) return
    const message = `The answer would hold more than ${MAX_RECORDS} related records: ask for fewer at once`
    throw new ApiError('BAD_QUERY', { field: 'include', message })
  }
}

/** By the method, not by its form: a record may have a field `data` of its own. */
const rowsOf = ({ method, result }: CallContext): Row[] => {
  if (method !== 'find' || Array.isArray(result)) return [result].flat() as Row[]

  return (result as { data: Row[] }).data
}

/**
 * Answers related records along with each record: one statement for each relation, however many records there are, and each
 * under the reader's own rule for the resource that it leads to.
 */
export const include = (): Hook =>
  afterwards((context) => {
    const { include: includes = [], select } = context.params
    if (includes.length > 0) return attachRead(context, includes, select)
  })

const attachRead = async (
  context: CallContext,
  includes: readonly Include[],
  select: readonly string[] | undefined
) => {
  await attachAll(context, includes, isRead)
  if (select) for (const row of rowsOf(context)) dropKeys(row, includes, select)
}

/**
 * The same for what was written, within its transaction: a write whose answer would be too large, or cannot be read, is not made.
 * The columns of its answer are chosen afterwards.
 */
export const includeWritten: Hook = afterwards((context) => {
  const { access, include: includes = [] } = context.params
  const { masks } = access ?? { masks: NO_MASKS }
  if (includes.length > 0) return attachAll(context, includes, (row, column) => isShown(masks, column, row))
})

/** Whether the reader is shown this key of a record: where they are not, they are not shown what it leads to either. */
type IsKnown = (row: Row, column: string) => boolean

/** What was read has only what is shown of it. */
const isRead: IsKnown = (row, column) => column in row

const attachAll = async (context: CallContext, includes: readonly Include[], isKnown: IsKnown) => {
  const rows = rowsOf(context)
  const times = new Map(rows.map((row) => [row, 1]))
  await attach(context, { rows, times, includes, isKnown }, new Room())
}

/** The keys were read to find the related records by; who did not ask for them is not shown them. */
const dropKeys = (row: Row, includes: readonly Include[], select: readonly string[]) => {
  for (const { relation } of includes) if (!select.includes(relation.column)) delete row[relation.column]
}

/** How often each record stands in the answer. */
type Times = ReadonlyMap<Row, number>
interface Level {
  readonly rows: readonly Row[]
  readonly times: Times
  readonly includes: readonly Include[]
  readonly isKnown: IsKnown
}

const attach = async (context: CallContext, { rows, times, includes, isKnown }: Level, room: Room) => {
  for (const { includes: inner, ...include } of includes) {
    const keyed = rows.filter((row) => isKnown(row, include.relation.column))
    const joined = await joinedBy(context, keyed, include)
    const found = await related(context, joined?.keys ?? keysOf(keyed, include.relation.column), include)
    const placed = place(keyed, times, include.relation, finderOf(found, include.relation, joined))
    room.take(placed)
    await attach(context, { rows: found, times: placed, includes: inner, isKnown: isRead }, room)
  }
}

const keysOf = (rows: readonly Row[], column: string): unknown[] => [
  ...new Set(rows.map((row) => row[column]).filter((key) => key !== null && key !== undefined))
]

/** What a join resource says: the keys of the other side, in all and by those of this side. */
interface Joined {
  readonly keys: readonly unknown[]
  readonly byKey: ReadonlyMap<unknown, readonly unknown[]>
}

/** Whom each record is joined with: one more statement, under the reader's own rule for the join resource. */
const joinedBy = async (context: CallContext, rows: readonly Row[], { relation, through }: Related): Promise<Joined | undefined> => {
  if (!relation.through || !through) return undefined
  const { resource, by, to } = relation.through
  const service = serviceAt<RelatedService>(context.app, resource.path)
  const options = { restrict: through, columns: ['id', by, to], distinct: to, each: MAX_RELATED, most: MAX_RECORDS + 1 }
  const joins = await service._related(by, keysOf(rows, relation.column), options, context.params)

  return { keys: keysOf(joins, to), byKey: new Map([...grouped(joins, by)].map(([key, own]) => [key, keysOf(own, to)])) }
} // prettier-ignore

const related = async (context: CallContext, keys: readonly unknown[], include: Related): Promise<Row[]> => {
  const { relation, restrict, columns, masks } = include
  const { by, target } = relation
  const service = serviceAt<RelatedService>(context.app, target.path)
  const read = withMaskColumns(columns, masks)
  const options = { restrict, columns: read, each: MAX_RELATED, most: MAX_RECORDS + 1 }
  const found = await service._related(by, keys, options, context.params)

  return masks.size === 0 ? found : found.map((row) => shownOf(row, columns, masks))
}

/** The related records of a record, by its key. */
type Finder = (key: unknown) => readonly Row[]

const finderOf = (found: readonly Row[], { by }: RelationInfo, joined: Joined | undefined): Finder => {
  const byKey = grouped(found, by)
  const own: Finder = (key) => byKey.get(key) ?? []

  return joined ? (key) => (joined.byKey.get(key) ?? []).flatMap(own) : own
}

const place = (
  rows: readonly Row[],
  times: Times,
  { name, kind, column }: RelationInfo,
  find: Finder
): Times => {
  const placed = new Map<Row, number>()
  for (const row of rows) {
    const there = find(row[column])
    row[name] = kind === 'many' ? there : (there[0] ?? null)
    for (const one of there) placed.set(one, (placed.get(one) ?? 0) + times.get(row)!)
  }

  return placed
}

interface RelatedService {
  _related(
    by: string,
    keys: readonly unknown[],
    options: RelatedOptions,
    params: CallContext['params']
  ): Promise<Row[]>
}

const grouped = (rows: readonly Row[], by: string): Map<unknown, Row[]> => {
  const groups = new Map<unknown, Row[]>()
  for (const row of rows) groups.set(row[by], [...(groups.get(row[by]) ?? []), row])

  return groups
}
