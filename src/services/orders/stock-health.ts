import type { ReportContext } from 'rachis'
import { Type } from 'rachis'

/** At most so many products of each level are named. */
const NAMED = 100

const STOCK = `
with product as (
  select id, name, sku, stock_quantity, reorder_level, case
    when stock_quantity = 0 then 'critical'
    when stock_quantity <= reorder_level then 'low'
    when stock_quantity < 3 * cast(reorder_level as bigint) then 'medium'
    else 'high' end as level
  from products where is_active and deleted_at is null
), ranked as (
  select *, row_number() over (partition by level order by stock_quantity, id) as rank from product
)
select level, count(*) as count,
  json_agg(json_build_object('id', id, 'name', name, 'sku', sku, 'stock_quantity', stock_quantity, 'reorder_level', reorder_level)
    order by rank) filter (where rank <= ${NAMED}) as products
from ranked group by level`

const count = Type.Integer({ minimum: 0 })
const named = Type.Array(
  Type.Object({
    id: count,
    name: Type.String(),
    sku: Type.String(),
    stock_quantity: count,
    reorder_level: count
  })
)
const LEVELS = ['critical', 'low', 'medium', 'high'] as const
const each = <T>(make: (level: (typeof LEVELS)[number]) => T) =>
  Object.fromEntries(LEVELS.map((level) => [level, make(level)])) as Record<(typeof LEVELS)[number], T>

export const stockHealth = Type.Object({
  total: count,
  counts: Type.Object(each(() => count)),
  products: Type.Object(each(() => named))
})

/** How much of what is for sale is left. */
export const stockCheck = async (_input: object, { knex }: Pick<ReportContext, 'knex'>) => {
  const { rows } = await knex.raw<{ rows: { level: string; count: number; products: object[] }[] }>(STOCK)
  const found = new Map(rows.map((row) => [row.level, row]))
  const counts = each((level) => found.get(level)?.count ?? 0)

  return {
    total: rows.reduce((sum, { count }) => sum + count, 0),
    counts,
    products: each((level) => found.get(level)?.products ?? [])
  }
}
