import { authenticated, Type } from '../../resource'
import type { Report } from '../../resource'
import { Place, placeOf } from './place'
import { rowsOf } from './rows'

const Days = Type.Object(
  { ...Place.properties, days: Type.Integer({ minimum: 1, maximum: 365, default: 30 }) },
  { additionalProperties: false }
)

/**
 * The stock at the end of a day is that of now, less all that came and went since: so the feed is read no further back than the
 * days that are asked for, and what is older than it remembers counts as well. A change is a row that goes and one that comes.
 */
const TRENDS = `
with today as (select (now() at time zone 'UTC')::date as day),
days as (
  select generate_series(day - ?::int + 1, day, interval '1 day')::date as day from today
),
present as (
  select coalesce(sum(current_stock), 0) as stock, count(*) as items,
    count(*) filter (where low_stock) as low_stock, count(*) filter (where current_stock = 0) as out_of_stock
  from ? as i where STORES
),
moved as (
  select (created_at at time zone 'UTC')::date as day, sum(sign * i.current_stock) as stock, sum(sign) as items,
    sum(sign) filter (where i.low_stock) as low_stock, sum(sign) filter (where i.current_stock = 0) as out_of_stock
  from changes, lateral (values (1, after), (-1, before)) as images (sign, image),
    lateral jsonb_populate_record(null::inventory, image) as i
  where resource = 'inventory' and image is not null and STORES
    and created_at >= (select min(day)::timestamp at time zone 'UTC' from days)
  group by 1
)
select to_char(day, 'YYYY-MM-DD') as date, LATER
from days cross join present left join moved using (day)
window later as (order by day desc rows between unbounded preceding and 1 preceding)
order by day`
  .replace(/STORES/g, '(not ? or i.store_id in (select id from ? as stores where PLACE))')
  .replace(
    'LATER',
    ['stock', 'items', 'low_stock', 'out_of_stock']
      .map((name) => `(present.${name} - coalesce(sum(moved.${name}) over later, 0))::bigint as ${name}`)
      .join(', ')
  )
