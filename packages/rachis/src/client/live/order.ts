import { idOf } from './row'
import type { Id, Row } from './row'

/** By names of fields, in their order: 1 is upward, -1 downward. */
export type Sort = Readonly<Record<string, 1 | -1>>
/** Places in which the server put rows, each with the row as it was then. */
export type Ranks = ReadonlyMap<Id, { readonly place: number; readonly row: Row }>

const TIME = /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/
const UUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/
/** Texts whose order is that of their characters, wherever they are sorted. */
const isOrderedEverywhere = (text: string) => TIME.test(text) || UUID.test(text)

const direct = (a: string | number | boolean, b: string | number | boolean) => {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Puts rows in the order of `$sort`, as PostgreSQL does: null comes last upward, first downward; the id decides between equals. */
export class Order {
  private readonly fields: readonly (readonly [name: string, direction: 1 | -1])[]
  private isGuess = false

  /** @param ranks of an answer that the server sorted; what has not changed since keeps that order */
  constructor(
    sort: Sort,
    private readonly ranks: Ranks = new Map()
  ) {
    const entries = Object.entries(sort)
    this.fields = 'id' in sort ? entries : [...entries, ['id', 1]]
  }

  /**
   * The rows in order.
   *
   * @returns whether it had to guess: the order of texts, and that of declared words such as `low, medium, high`, is the server's
   */
  sorted(rows: Iterable<Row>): { readonly rows: readonly Row[]; readonly isGuess: boolean } {
    this.isGuess = false
    const sorted = [...rows].sort((a, b) => this.compare(a, b))

    return { rows: sorted, isGuess: this.isGuess }
  }

  compare(a: Row, b: Row): number {
    const [first, second] = [this.placeOf(a), this.placeOf(b)]
    if (first !== undefined && second !== undefined) return first - second
    for (const [name, direction] of this.fields) {
      const difference = this.compareValues(a[name] ?? null, b[name] ?? null)
      if (difference !== 0) return difference * direction
    }

    return 0
  }

  /** The place that the server gave the row, as long as it has the values by which it got there. */
  private placeOf(row: Row): number | undefined {
    const rank = this.ranks.get(idOf(row))
    if (!rank) return undefined
    const isThere = rank.row === row || this.fields.every(([name]) => rank.row[name] === row[name])

    return isThere ? rank.place : undefined
  }

  private compareValues(a: unknown, b: unknown): number {
    if (a === null || b === null) return direct(a === null, b === null)
    if (typeof a !== 'string' || typeof b !== 'string') return direct(a as number, b as number)
    if (a === b) return 0
    if (isOrderedEverywhere(a) && isOrderedEverywhere(b)) return direct(a, b)
    this.isGuess = true

    return a.localeCompare(b)
  }
}

/** @example ranksOf([{ id: 7 }, { id: 3 }]).get(3)!.place // 1 */
export const ranksOf = (rows: readonly Row[]): Ranks =>
  new Map(rows.map((row, place) => [idOf(row), { place, row }]))
