import { createHash } from 'crypto'
import type { Application } from '../declare/declarations'
import { invalidCursor, MAX_CURSOR } from '../model/pages'
import { badQuery } from '../model/query-parameter'
import type { KeyValue, OrderKey } from '../sql/keyset'
import { joinedIn } from '../sql/joined'
import type { Selection } from '../sql/order-by'
import type { Target } from '../sql/target'
import { onceFor } from '../util/once-for'
import { Sealer } from '../util/seal'

/** A place in a list, and to which side of it a page lies. */
export interface Position {
  readonly side: 'after' | 'before'
  /** The values of a record, one for each key of the order. */
  readonly values: readonly KeyValue[]
  /** Whether the record itself belongs to the page. */
  readonly isInclusive: boolean
}

type Written = readonly [side: 0 | 1, isInclusive: 0 | 1, values: readonly KeyValue[]]

/**
 * What a cursor belongs to: the resource, the order, which records are listed, which is the filter and the caller's rule, and which related
 * records are joined to sort by. With any other of these the place would be another one, or its values those of a record that the caller
 * may not read.
 */
const bindingOf = ({ table }: Target, selection: Selection, keys: readonly OrderKey[]): string => {
  const order = keys.map(({ of, direction, mask }) => [of.name, direction, mask])
  const joined = joinedIn(selection)

  return createHash('sha256')
    .update(JSON.stringify([table, order, selection.where, ...joined]))
    .digest('base64url')
}

/** The cursors of one list. They are sealed, since they hold values of its records. */
export class Cursors {
  private readonly bound: string

  constructor(
    private readonly sealer: Sealer,
    target: Target,
    selection: Selection,
    private readonly keys: readonly OrderKey[]
  ) {
    this.bound = bindingOf(target, selection, keys)
  }

  /** @throws {ApiError} BAD_QUERY where the values of a record are too long for a cursor */
  write({ side, values, isInclusive }: Position): string {
    const written: Written = [side === 'after' ? 0 : 1, isInclusive ? 1 : 0, values]
    const cursor = this.sealer.seal(JSON.stringify(written), this.bound)
    if (cursor.length <= MAX_CURSOR) return cursor
    const names = this.keys.map(({ name }) => name).join(', ')
    throw badQuery('$sort', `The values of ${names} are too long for a cursor`, 'Sort by a shorter field, or page by limit and skip') // prettier-ignore
  }

  /** @throws {ApiError} INVALID_CURSOR for one that is forged, or of another list, order, filter or caller */
  read(cursor: string, field: string): Position {
    const text = this.sealer.open(cursor, this.bound)
    if (text === undefined) throw invalidCursor(field)
    const [side, isInclusive, values] = JSON.parse(text) as Written

    return { side: side === 0 ? 'after' : 'before', isInclusive: isInclusive === 1, values }
  }
}

/** What the cursors of an application are sealed with, by the secret of its configuration: one for all resources, as keys take long to derive. */
export const cursorSealer = onceFor((app: Application) => new Sealer(app.get('secret_key'), 'cursors'))
