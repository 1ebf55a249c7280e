import type { Application, HookContext, NextFunction } from '../../../declare/declarations'

type Row = Record<string, unknown>
type Query = { $select?: readonly string[] }

/** The names of the resources whose ids are counted, and so are numbers in their own answers. */
const countedResources = (app: Application): ReadonlySet<unknown> =>
  new Set(
    app
      .get('engine')
      .models.filter(({ fields }) => fields.get('id')?.type === 'bigint')
      .map(({ name }) => name)
  )

const ID_COLUMNS = ['record_id', 'user_id', 'impersonator_id']

const withTypedIds = (row: Row, counted: ReadonlySet<unknown>): Row => {
  const isNumber = (column: string) => counted.has(column === 'record_id' ? row.resource : 'users')
  const typed = ID_COLUMNS.filter((column) => typeof row[column] === 'string' && isNumber(column)).map(
    (column) => [column, Number(row[column])]
  )

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
  const counted = countedResources(context.app)
  context.result = mapRows(context.result, (row) => {
    const typed = withTypedIds(row, counted)
    return isAdded ? without(typed) : typed
  })
}
