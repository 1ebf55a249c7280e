import type { HookContext } from 'rachis'
import type { ResourceParams } from 'rachis'
import { validationError } from 'rachis'
import type { ReportContext } from 'rachis'
import { Type } from 'rachis'

interface Category {
  readonly id: number
  readonly parent_id: number | null
  readonly name: string
  readonly slug: string
}
type Branch = Omit<Category, 'parent_id'> & { readonly children: readonly Branch[] }
type ByParent = ReadonlyMap<number | null, readonly Category[]>

const below = Type.Array(Type.Record(Type.String(), Type.Unknown()), {
  description: 'The same, a level below.'
})
const branch = { id: Type.Integer(), name: Type.String(), slug: Type.String(), children: below }
export const branches = Type.Array(Type.Object(branch))

/** Thousands would overflow the stack of whoever writes or reads them as JSON. */
const MAX_DEPTH = 100

const branchesBelow = (parent: number | null, byParent: ByParent, depth = 1): Branch[] =>
  (byParent.get(parent) ?? []).map(({ id, name, slug }) => ({
    id,
    name,
    slug,
    children: depth < MAX_DEPTH ? branchesBelow(id, byParent, depth + 1) : []
  }))

/** The categories that everybody sees, as they hang together. What hangs below one that is switched off is left out with it. */
export const readTree = async (_input: object, { table }: ReportContext): Promise<Branch[]> => {
  const columns = ['id', 'parent_id', 'name', 'slug']
  const rows: Category[] = await table()
    .select(columns)
    .where('is_active', true)
    .orderBy(['sort_order', 'name', 'id'])
  const byParent = new Map<number | null, Category[]>(rows.map(({ parent_id }) => [parent_id, []]))
  for (const row of rows) byParent.get(row.parent_id)!.push(row)

  return branchesBelow(null, byParent)
}

/** Moves one after the other: two that are each fine could make a circle together. */
const ONE_BY_ONE = `select pg_advisory_xact_lock(hashtext('categories.parent_id'))`
const ABOVE = `
with recursive above (id) as (
  select cast(? as bigint)
  union
  select parent_id from categories join above using (id) where parent_id is not null
)
select id from above where id = ?`

/** A category below itself would hang nowhere. */
export const refuseCircle = async ({ id, data, params }: HookContext): Promise<void> => {
  const parent = (data as { parent_id?: number | null }).parent_id
  if (parent === undefined || parent === null) return
  const { trx } = (params as ResourceParams).transaction!
  await trx.raw(ONE_BY_ONE)
  const { rows } = await trx.raw<{ rows: unknown[] }>(ABOVE, [parent, id as number])
  if (rows.length > 0)
    throw validationError([
      { field: 'parent_id', message: 'is this category or one below it', rule: 'tree', provided: parent }
    ])
}
