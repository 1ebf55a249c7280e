import { PRINCIPALS } from '../../declare'
import type { Model } from '../../model/model'
import { recordedId } from '../../model/recorded-id'
import type { HookContext, NextFunction } from '../../declare/declarations'

type Row = Record<string, unknown>
type Query = { $select?: readonly string[] }

const named = new WeakMap<readonly Model[], ReadonlyMap<string, Model>>()

const byName = (models: readonly Model[]): ReadonlyMap<string, Model> => {
  const known = named.get(models) ?? new Map(models.map((model) => [model.name, model]))
  named.set(models, known)

  return known
}

const ID_COLUMNS = ['record_id', 'user_id', 'impersonator_id']

const withTypedIds = (row: Row, models: ReadonlyMap<string, Model>): Row => {
  const modelOf = (column: string) => models.get(column === 'record_id' ? String(row.resource) : PRINCIPALS)
  const typed = ID_COLUMNS.filter((column) => typeof row[column] === 'string').map((column) => [
    column,
    recordedId(modelOf(column), row[column] as string)
  ])

  return { ...row, ...Object.fromEntries(typed) }
}

const without = ({ resource: _, ...row }: Row): Row => row

const mapRows = (result: unknown, map: (row: Row) => Row): unknown => {
  const { data } = result as { data?: unknown }
  if (Array.isArray(data)) return { ...(result as Row), data: data.map(map) }

  return Array.isArray(result) ? result.map(map) : map(result as Row)
}

/**
 * The feed keeps the ids of every resource as text. This hook answers them in the type that they have in the answers of the
 * resource itself: `record_id` by the row's resource, which is read along where the caller did not select it, and the others
 * by `users`.
 */
export const recordIds = async (context: HookContext, next: NextFunction): Promise<void> => {
  const query = (context.params.query ?? {}) as Query
  const isAdded = query.$select !== undefined && !query.$select.includes('resource')
  if (isAdded) context.params.query = { ...query, $select: [...query.$select!, 'resource'] }
  await next()
  const models = byName(context.app.get('engine').models)
  context.result = mapRows(context.result, (row) => {
    const typed = withTypedIds(row, models)
    return isAdded ? without(typed) : typed
  })
}
