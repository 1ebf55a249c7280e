/** A record as it came over the wire. */
export type Row = Readonly<Record<string, unknown>>
export type Id = number | string
export type Rows = ReadonlyMap<Id, Row>

export const idOf = (row: Row): Id => row.id as Id

/** The fields of a record always come in one order, so equal records have equal texts. */
const isSame = (a: Row, b: Row) => a === b || JSON.stringify(a) === JSON.stringify(b)

/** The record that is known already, where it says the same: who shows it need not draw it again. */
export const keep = (known: Row | undefined, row: Row): Row => (known && isSame(known, row) ? known : row)

/**
 * The rows by id, with the objects of those that are known and have not changed. Where nothing has changed it is the known map itself.
 *
 * @example keepAll(known, [{ id: 1, title: 'as before' }]).get(1) === known.get(1) // true
 */
export const keepAll = (known: Rows, rows: Iterable<Row>): Rows => {
  const kept = new Map<Id, Row>()
  for (const row of rows) kept.set(idOf(row), keep(known.get(idOf(row)), row))
  const isUnchanged = kept.size === known.size && [...kept].every(([id, row]) => known.get(id) === row)

  return isUnchanged ? known : kept
}
