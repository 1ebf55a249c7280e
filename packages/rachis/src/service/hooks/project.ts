import type { Model } from '../../model/model'
import { PREFIX } from '../../model/prefix'
import { NO_MASKS, shownOf } from '../../rules/masks'
import { allows, parentsOf } from '../../rules/policy'
import { maySee } from '../../rules/scopes'
import type { Row } from '../../sql/database'
import type { CallContext, Hook } from './context'
import { isExternal, operationsByName } from './context'

/**
 * Shows the answer of a write as a read would show it. A record that its writer may not read, such as that of somebody who
 * just registered, is answered by its id alone.
 */
export const project = (model: Model): Hook => {
  const operations = operationsByName(model)
  const show = async (context: CallContext, row: Row): Promise<Row> => {
    const { access, select, include = [] } = context.params
    const columns = access?.columns ?? model.visible
    const shown = select ? columns.filter((name) => select.includes(name)) : columns
    const isShown =
      !isExternal(context) || (maySee(context.params.user, model) && (await isReadable(model, context, row)))

    if (!isShown) return { id: row.id }
    const relations = include.map(({ relation }) => relation.name)

    return shownOf(row, [...shown, ...relations], access?.masks ?? NO_MASKS)
  }

  return async (context, next) => {
    await next()
    if (operations.get(context.method)?.answers === 'output') return
    const rows = context.result as Row | Row[]
    context.result = Array.isArray(rows)
      ? await Promise.all(rows.map((row) => show(context, row)))
      : await show(context, rows)
  }
}

const isReadable = (
  model: Model,
  { method, params, service }: CallContext,
  row: Row
): boolean | Promise<boolean> => {
  // What was removed was readable until now; only its removal hides it.
  const seen = method === 'remove' ? { ...row, deleted_at: null } : row
  if (parentsOf(model.rules.read).length === 0) return allows(model.rules.read, params.user, seen)

  return service._isReadable(row.id, params)
}

/** `?page=` and `?page_size=` are answered by page, with the paths of the pages around. */
export const paginate =
  (model: Model): Hook =>
  async (context, next) => {
    // As the client wrote it: behind this the query is rewritten.
    const { query: asked = {} } = context.params
    await next()
    const { page } = context.params
    const result = context.result as { total: number; limit: number; data: Row[] }
    if (page === undefined || !result || Array.isArray(result)) return
    const pages = Math.max(1, Math.ceil(result.total / result.limit))
    const path = (number: number) =>
      number >= 1 && number <= pages && number !== page ? pagePath(model.path, asked, number) : null
    context.result = {
      count: result.total,
      next: path(page + 1),
      previous: path(page - 1),
      results: result.data
    }
  }

const flatten = (value: unknown, prefix: string): [string, string][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) =>
        // By its index: each `[]` would begin another element, and an alternative of two terms become two alternatives.
        flatten(inner, `${prefix}[${key}]`)
      )
    : [[prefix, String(value)]]

/**
 * The path of a page of a list, or of a report that is a list under another path.
 *
 * @example pagePath('tasks', { status: 'pending', page_size: 10 }, 2) // '/api/v1/tasks?status=pending&page_size=10&page=2'
 */
export const pagePath = (path: string, query: object, page: number): string => {
  const entries = Object.entries({ ...query, page }).flatMap(([key, value]) => flatten(value, key))

  return `${PREFIX}/${path}?${new URLSearchParams(entries).toString()}`
}
