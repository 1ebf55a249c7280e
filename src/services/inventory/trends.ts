import { authenticated, Type } from 'rachis'
import type { Report } from 'rachis'
import { chosen, CHOSEN, strict, place, rowsOf } from './rows'

/** No more than the changes of inventory are kept for. */
const MAX_DAYS = 365
const Days = Type.Object(
  { ...place, days: Type.Integer({ minimum: 1, maximum: MAX_DAYS, default: 30 }) },
  strict
)

/**
 * The stock at the end of a day is that of now, less all that came and went since. So the feed is read back to the first day
 * only, and what is older than it remembers counts as well. A change is a row that goes and one that comes. Only products that
 * the caller may read now are counted, on every day, so that the last day agrees with the figures of `kpi`.
 */
const TRENDS = `
with bounds as (select day - ?::int + 1 as first, day as last from (select (now() at time zone 'UTC')::date as day) as today),
chosen as (select s.id from ? as s where ${CHOSEN}),
seen as (select p.id from ? as p),
present as (
  select coalesce(sum(current_stock), 0) as stock, count(*) as items,
    count(*) filter (where low_stock) as low_stock, count(*) filter (where current_stock = 0) as out_of_stock
  from ? as i where (? or store_id in (select id from chosen)) and product_id in (select id from seen)
),
moved as (
  select (created_at at time zone 'UTC')::date as day, sum(sign * current_stock) as stock, sum(sign) as items,
    sum(sign) filter (where low_stock) as low_stock, sum(sign) filter (where current_stock = 0) as out_of_stock
  from changes cross join lateral (values (1, after), (-1, before)) as images (sign, image)
    cross join lateral jsonb_to_record(image) as i (store_id bigint, product_id bigint, current_stock integer, low_stock boolean)
  where resource = 'inventory' and image is not null and (? or store_id in (select id from chosen))
    and product_id in (select id from seen)
    and created_at >= (select first::timestamp at time zone 'UTC' from bounds)
  group by 1
)
select to_char(days.day, 'YYYY-MM-DD') as date,
  (present.stock - coalesce(sum(moved.stock) over later, 0))::bigint as stock,
  (present.items - coalesce(sum(moved.items) over later, 0))::bigint as items,
  (present.low_stock - coalesce(sum(moved.low_stock) over later, 0))::bigint as low_stock,
  (present.out_of_stock - coalesce(sum(moved.out_of_stock) over later, 0))::bigint as out_of_stock
from bounds cross join generate_series(first, last, interval '1 day') as days (day) cross join present
  left join moved on moved.day = days.day::date
window later as (order by days.day desc rows between unbounded preceding and 1 preceding)
order by days.day`

export const trends: Report<typeof Days> = {
  summary: 'The stock at the end of each day (UTC), up to today, of the products that the caller may see',
  input: Days,
  output: Type.Array(
    Type.Object({
      date: Type.String({ format: 'date' }),
      stock: Type.Integer(),
      items: Type.Integer(),
      low_stock: Type.Integer(),
      out_of_stock: Type.Integer()
    })
  ),
  access: authenticated,
  async run({ days = 30, ...input }, context) {
    const { readable } = context
    const isWhole = input.store_id === undefined && input.region === undefined

    return rowsOf(context, TRENDS, [
      days,
      readable('stores'),
      ...chosen(input),
      readable('products'),
      readable('inventory'),
      ...[isWhole, isWhole]
    ])
  }
}
