import type { Knex } from 'knex'
import { progress } from './progress'

const STEP = 50_000

const INSERT = `
insert into products (name, sku, price, cost, category_id, brand, stock_quantity, description, tags, is_active, created_at)
select
  'Product ' || i,
  'BULK-' || i,
  (i * 7919 % 1000000) / 100.0,
  (i * 7919 % 1000000) / 250.0,
  (select id from categories order by id offset i % 12 limit 1),
  'Brand ' || i % 500,
  i * 31 % 500,
  'Number ' || i || ' of many, for measurements.',
  array['bulk', 'tag' || i % 50],
  i % 20 <> 0,
  now() - make_interval(secs => i % 31536000)
from generate_series(?::bigint, ?::bigint) i
on conflict do nothing`

/**
 * Adds products by the hundred thousand, for measurements. The change feed is switched off meanwhile: nobody has to be told,
 * and it would grow by a gigabyte.
 */
export const scale = async (knex: Knex, count: number): Promise<void> => {
  const tick = progress('Products', count)
  for (let first = 1; first <= count; first += STEP) {
    const last = Math.min(first + STEP - 1, count)
    await knex.transaction(async (trx) => {
      await trx.raw('set local statement_timeout = 0')
      await trx.raw('alter table products disable trigger record_change')
      await trx.raw(INSERT, [first, last])
      await trx.raw('alter table products enable trigger record_change')
    })
    tick(last - first + 1)
  }
  await knex.raw('analyze products')
}
