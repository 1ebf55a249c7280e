import type { Model } from '../../model/model'
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
