import type { Knex } from 'knex'
import { ApiError } from '../errors/errors'
import type { Model } from '../model/model'
import { maySearch } from '../rules/scopes'
import type { User } from '../rules/user'
import type { Reader } from './query-scope'
import { quote } from '../util/quote'
import type { Masks } from '../declare/predicate'
import { shownValue } from '../sql/order-by'
import { Binder, where } from '../sql/where'

/** A column as the reader sees it: without a value in records of which they may not read it. */
const shownColumn = (name: string, masks: Masks, binder: Binder): string => {
  const value = shownValue(name, masks, binder)
  return masks.has(name) ? `${value} as ${quote(name)}` : value
}

/**
 * The records of a resource that somebody may read, with the columns that they may, as a table inside of other SQL. Who may read
 * none gets an empty one. A column is null in the records of which they may not read it.
 *
 * @example knex.raw('select count(*) from ? as notes', [readableRows(knex, notes, readerOf(null))])
 * // select count(*) from (select "id", "name" from "notes" where "is_active" = ?::boolean) as notes
 */
export const readableRows = (knex: Knex, model: Model, reader: Reader): Knex.Raw => {
  const restrict = reader.rule(model)
  const binder = new Binder()
  const masks = reader.masks(model)
  const columns = reader
    .columns(model)
    .map((name) => shownColumn(name, masks, binder))
    .join(', ')
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

/** A report that told of nothing, since the key may not read what it is about, would be taken for the truth. */
export const requireSearchable = (
  model: Model,
  { provider, user }: { readonly provider?: string; readonly user?: User }
): Model => {
  if (provider === undefined || maySearch(user, model)) return model
  throw new ApiError('FORBIDDEN', { message: `This API key is not allowed ${model.name}:find` })
}
