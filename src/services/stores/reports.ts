import type { ReportContext } from 'rachis'

type Nothing = Record<string, never>

export const regionOptions = async (
  _input: Nothing,
  { knex, readable }: ReportContext
): Promise<unknown[]> => {
  const { rows } = await knex.raw<{ rows: unknown[] }>(
    'select region, count(*) as stores from ? as stores group by region order by region',
    [readable('stores')]
  )

  return rows
}

const SUMMARY = `
with types as (
  select region, store_type, count(*) as stores, count(manager_id) as managed from ? as stores group by region, store_type
)
select region, sum(stores)::int as stores, sum(managed)::int as managed,
  jsonb_object_agg(store_type, stores order by store_type) as store_types
from types group by region order by region`

export const regionSummary = async (
  _input: Nothing,
  { knex, readable }: ReportContext
): Promise<unknown[]> => {
  const { rows } = await knex.raw<{ rows: unknown[] }>(SUMMARY, [readable('stores')])

  return rows
}
