import type { Knex } from 'knex'
import type { Model } from '../model/model'
import type { Reader } from './query-scope'
import { quote } from '../util/quote'
import { Binder, where } from '../sql/where'

/**
 * The records of a resource that somebody may read, with the columns that they may, as a table inside of other SQL. Who may read
 * none gets an empty one.
 *
 * @example knex.raw('select count(*) from ? as notes', [readableRows(knex, notes, readerOf(null))])
 * // select count(*) from (select "id", "name" from "notes" where "is_active" = ?::boolean) as notes
 */
export const readableRows = (knex: Knex, model: Model, reader: Reader): Knex.Raw => {
  const restrict = reader.rule(model)
  const binder = new Binder()
  const columns = reader.columns(model).map(quote).join(', ')
  const rows = where(restrict, binder)
  const values: unknown[] = []
  // Knex numbers the bindings of the whole statement by itself.
  const text = `(select ${columns} from ${quote(model.source!)}${rows})`.replace(
    /\$(\d+)/g,
    (_, position) => {
      values.push(binder.values[Number(position) - 1])
      return '?'
    }
  )

  return knex.raw(text, values as never[])
}
