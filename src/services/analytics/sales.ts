import type { Static } from '@feathersjs/typebox'
import type { ReportContext } from 'rachis'
import { Type } from 'rachis'

export const period = Type.Object(
  {
    days: Type.Integer({
      minimum: 1,
      maximum: 365,
      default: 30,
      description: 'So many days, of which the last is today.'
    }),
    currency: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z]{3}$',
        description: 'Of which orders the amounts are; that of the shop unless said.'
      })
    )
  },
  { additionalProperties: false }
)

const count = Type.Integer({ minimum: 0 })
const amount = Type.Number({ minimum: 0 })
const date = Type.String({ format: 'date' })

export const sales = Type.Object({
  period_days: count,
  from: date,
  to: date,
  time_zone: Type.String(),
  currency: Type.String({ description: 'The only one of all amounts here.' }),
  other_currencies: Type.Array(Type.String(), {
    description: 'In which there were orders too, whose amounts are not among these.'
  }),
  total_revenue: amount,
  total_orders: count,
  average_order_value: amount,
  daily_sales: Type.Array(Type.Object({ date, orders: count, revenue: amount })),
  top_products: Type.Array(
    Type.Object({
      product_id: count,
      name: Type.String(),
      sku: Type.String(),
      quantity: count,
      revenue: amount
    })
  )
})

/** Days begin at midnight where the shop is, also where a day has 23 or 25 hours. In one statement, so that all of it is of one moment. */
export const SALES = `
with today as (
  select cast(now() at time zone :time_zone as date) as date
), day as (
  select cast(generate_series(date - (cast(:days as integer) - 1), date, interval '1 day') as date) as date from today
), any_currency as materialized (
  select id, total, currency, cast(created_at at time zone :time_zone as date) as date from orders
  where status <> 'cancelled'
    and created_at >= (select cast(min(date) as timestamp) at time zone :time_zone from day)
    and created_at < (select cast(max(date) + 1 as timestamp) at time zone :time_zone from day)
), sold as (
  select * from any_currency where currency = :currency
), daily as (
  select date, count(id) as orders, coalesce(sum(total), 0) as revenue from day left join sold using (date) group by date
), best as (
  select product_id, sum(quantity) as quantity, sum(total_price) as revenue
  from sold join order_items on order_id = sold.id group by product_id order by revenue desc, product_id limit 10
)
select
  cast((select min(date) from day) as text) as "from",
  cast((select max(date) from day) as text) as "to",
  (
    select coalesce(json_agg(distinct currency order by currency), '[]') from any_currency where currency <> :currency
  ) as other_currencies,
  (select coalesce(sum(total), 0) from sold) as total_revenue,
  (select count(*) from sold) as total_orders,
  (select coalesce(round(avg(total), 2), 0) from sold) as average_order_value,
  (select json_agg(daily order by date) from daily) as daily_sales,
  (
    select coalesce(json_agg(json_build_object(
      'product_id', product_id, 'name', name, 'sku', sku, 'quantity', quantity, 'revenue', revenue
    ) order by revenue desc, product_id), '[]')
    from best join products on products.id = product_id
  ) as top_products`

/** What was sold in one currency; revenue is with tax and shipping, that of products without. */
export const readSales = async (
  { days, currency }: Static<typeof period>,
  { app, knex }: ReportContext
): Promise<unknown> => {
  const { time_zone, currency: usual } = app.get('shop')
  const asked = { days, time_zone, currency: currency?.toUpperCase() ?? usual }
  const { rows } = await knex.raw<{ rows: object[] }>(SALES, asked)

  return { period_days: days, time_zone, currency: asked.currency, ...rows[0] }
}
