import { authenticated, Type } from 'rachis'
import type { Report, ReportContext } from 'rachis'
import { CHOSEN, chosen, strict, Place, place, rowsOf } from './rows'
import { trends } from './trends'

const orNull = (type: 'integer' | 'string') => Type.Unsafe<number | string | null>({ type: [type, 'null'] })

/** Items of stock with their store and their product, as far as the caller may read all three. */
const ITEMS = `
from ? as i join ? as s on s.id = i.store_id join ? as p on p.id = i.product_id left join ? as c on c.id = p.category_id
where ${CHOSEN}`

const itemsOf = ({ readable }: ReportContext, input: Place) => [
  ...(['inventory', 'stores', 'products', 'categories'] as const).map((name) => readable(name)),
  ...chosen(input)
]

const KPI = `
select coalesce(sum(i.current_stock * p.price), 0) as total_value, coalesce(sum(i.current_stock), 0)::bigint as total_units,
  count(distinct i.product_id) as products, count(distinct i.store_id) as stores,
  count(*) filter (where i.low_stock) as low_stock_alerts, count(*) filter (where i.current_stock = 0) as out_of_stock
${ITEMS}`

const CATEGORIES = `
select p.category_id, c.name as category, count(distinct p.id) as products, sum(i.current_stock)::bigint as units,
  sum(i.current_stock * p.price) as value,
  coalesce(round(sum(i.current_stock * p.price) / nullif(sum(sum(i.current_stock * p.price)) over (), 0), 4), 0) as share
${ITEMS}
group by p.category_id, c.name order by value desc, p.category_id`

/** Most urgent first: what is nearest to nothing, measured by the level that it should not fall to. */
const LOW = `
select i.id, i.product_id, p.name as product, p.sku, i.store_id, s.name as store, s.region,
  i.current_stock, i.reorder_level, i.max_stock, i.max_stock - i.current_stock as room, count(*) over () as total
${ITEMS} and i.low_stock
order by i.current_stock::numeric / greatest(i.reorder_level, 1), i.reorder_level - i.current_stock desc, i.id
limit ?`

const kpi: Report<typeof Place> = {
  summary: 'The stock in figures, of the products that the caller may see',
  input: Place,
  output: Type.Object({
    total_value: Type.Number(),
    total_units: Type.Integer(),
    products: Type.Integer(),
    stores: Type.Integer(),
    low_stock_alerts: Type.Integer(),
    out_of_stock: Type.Integer()
  }),
  access: authenticated,
  run: async (input, context) => (await rowsOf(context, KPI, itemsOf(context, input)))[0]
}

const categories: Report<typeof Place> = {
  summary: 'How the stock is distributed among the categories',
  input: Place,
  output: Type.Array(
    Type.Object({
      category_id: orNull('integer'),
      category: orNull('string'),
      products: Type.Integer(),
      units: Type.Integer(),
      value: Type.Number(),
      share: Type.Number({ minimum: 0, maximum: 1, description: 'Of the whole value, from 0 to 1' })
    })
  ),
  access: authenticated,
  run: (input, context) => rowsOf(context, CATEGORIES, itemsOf(context, input))
}

const Limited = Type.Object(
  { ...place, limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }) },
  strict
)
const Alert = Type.Object({
  id: Type.Integer(),
  product_id: Type.Integer(),
  product: Type.String(),
  sku: Type.String(),
  store_id: Type.Integer(),
  store: Type.String(),
  region: Type.String(),
  current_stock: Type.Integer(),
  reorder_level: Type.Integer(),
  max_stock: Type.Integer(),
  room: Type.Integer({ description: 'How many more the store can take' })
})

const low_stock_alerts: Report<typeof Limited> = {
  summary: 'What is at or under its reorder level, most urgent first',
  input: Limited,
  output: Type.Object({ total: Type.Integer(), limit: Type.Integer(), data: Type.Array(Alert) }),
  access: authenticated,
  http: { path: 'alerts/low-stock' },
  async run({ limit, ...input }, context) {
    const rows = await rowsOf(context, LOW, [...itemsOf(context, input), limit ?? 50])
    const data = rows.map(({ total: _, ...row }) => row)

    return { total: rows[0]?.total ?? 0, limit: limit ?? 50, data }
  }
}

export const reports = { kpi, trends, categories, low_stock_alerts }
