import type { KeysetRange, ReadPage } from '../model/pages'
import { badQuery } from '../model/query-parameter'
import { isShown, NO_MASKS, withMaskColumns } from '../rules/masks'
import type { RowMasks } from '../rules/masks'
import type { Row } from '../sql/database'
import type { KeyValue, OrderKey } from '../sql/keyset'
import { orderKeys, reversed, segmentsBehind, sortOf } from '../sql/keyset'
import type { Selection } from '../sql/order-by'
import { selectSegments } from '../sql/select-segments'
import { select } from '../sql/statements'
import type { Position } from './cursors'
import { Cursors } from './cursors'
import type { PageReader, ResourceParams } from './service-params'
import { answered, columnsOf } from './service-query'

/** Where a page begins, and to which side it goes on from there. */
type Start = Pick<Position, 'side'> & Partial<Position>

const startOf = ({ side, cursor, isOpen }: KeysetRange, cursors: Cursors): Start => {
  if (cursor === undefined) return { side }
  const position = cursors.read(cursor, isOpen ? 'cursor' : side)

  // Who says the side themselves begins at the record that the cursor is about.
  return isOpen || position.side === side ? position : { ...position, side, isInclusive: false }
}

/** Best first is no place that a record has: it depends on all that is found. */
const assertSorted = ({ rank, sort = {} }: Selection) => {
  if (rank && Object.keys(sort).length === 0)
    throw badQuery('cursor', 'What a search finds is answered best first, which no cursor can hold', 'Add an order, such as sort=id, or page by limit and skip') // prettier-ignore
}

/** The columns to read: those of the answer, of the order, and those by which it is known which of these are shown. */
const readColumns = (columns: readonly string[], keys: readonly OrderKey[], masks: RowMasks) => [
  ...new Set([
    ...columns,
    ...withMaskColumns(
      keys.map(({ of }) => of.name),
      new Map([...masks].filter(([name]) => keys.some(({ of }) => of.name === name)))
    )
  ])
]

const valuesOf = (row: Row, keys: readonly OrderKey[], masks: RowMasks): KeyValue[] =>
  keys.map(({ of }) => (isShown(masks, of.name, row) ? ((row[of.name] ?? null) as KeyValue) : null))

interface Edges {
  readonly rows: readonly Row[]
  readonly start: Start
  readonly hasMore: boolean
  readonly valuesOf: (row: Row) => readonly KeyValue[]
}

/** The page on one side of these records; on the side that they were read from there is one wherever a cursor led here. */
const edge = (side: Position['side'], { rows, start, hasMore, valuesOf: values }: Edges): Position | undefined => {
  const isKnown = start.side === side ? hasMore : start.values !== undefined
  if (!isKnown) return undefined
  const row = side === 'after' ? rows.at(-1) : rows[0]
  if (row) return { side, values: values(row), isInclusive: false }

  // Nothing is left on this side: the way back begins at the record of the cursor itself, or behind it where it was told already.
  return { side, values: start.values!, isInclusive: !start.isInclusive }
} // prettier-ignore

/**
 * Reads a page that begins at a place in the order. Its statement reads a record more than the page has, to know whether there are
 * others behind it.
 *
 * @throws {ApiError} INVALID_CURSOR for a cursor that is not of this list
 */
export const readKeysetPage = async (
  { target, run, sealer }: PageReader,
  range: KeysetRange,
  selection: Selection,
  params: ResourceParams
): Promise<ReadPage> => {
  assertSorted(selection)
  const masks = params.access?.masks ?? NO_MASKS
  const keys = orderKeys(target, { ...selection, masks })
  const cursors = new Cursors(sealer!, target, selection, keys)
  const start = startOf(range, cursors)
  const limit = Number(selection.limit)
  const directed = start.side === 'after' ? keys : reversed(keys)
  const wanted = columnsOf(target, params)
  const asked = { ...selection, sort: sortOf(directed), skip: undefined, rank: undefined, limit: limit + 1 }
  const columns = readColumns(wanted, keys, masks)
  const { values, isInclusive = false } = start
  const statement = values
    ? selectSegments(target, asked, segmentsBehind(directed, { values, isInclusive }), columns)
    : select(target, asked, columns)
  const found = limit === 0 ? [] : await run(statement)
  const taken = found.slice(0, limit)
  const rows = start.side === 'after' ? taken : taken.reverse()
  const edges = { rows, start, hasMore: found.length > limit, valuesOf: (row: Row) => valuesOf(row, keys, masks) } // prettier-ignore
  const at = (side: Position['side']) => {
    const position = limit === 0 ? undefined : edge(side, edges)
    return position ? cursors.write(position) : null
  }
  if (params.edges) params.edges.cursorOf = (index) => cursors.write({ side: 'after', values: edges.valuesOf(rows[index]!), isInclusive: false }) // prettier-ignore
  const data = answered(columns.length > wanted.length ? rows.map((row) => cut(row, wanted)) : rows, target, params) // prettier-ignore

  return { limit, skip: 0, data, next: at('after'), previous: at('before') }
}

const cut = (row: Row, columns: readonly string[]): Row =>
  Object.fromEntries(columns.map((name) => [name, row[name]]))
