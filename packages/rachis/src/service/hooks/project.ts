import type { Model } from '../../model/model'
import { NO_MASKS, shownOf } from '../../rules/masks'
import { allows, parentsOf } from '../../rules/policy'
import { maySee } from '../../rules/scopes'
import type { Row } from '../../sql/database'
import type { CallContext, Hook } from './context'
import { isExternal, operationsByName } from './context'
import { afterwards } from './phased'

/**
 * Shows the answer of a write as a read would show it. A record that its writer may not read, such as that of somebody who
 * just registered, is answered by its id alone.
 */
export const project = (model: Model): Hook => {
  const operations = operationsByName(model)
  const isReadable = readableBy(model)
  const show = ({ params: { access, select, include = [] } }: CallContext, row: Row): Row => {
    const columns = access?.columns ?? model.visible
    const shown = select ? columns.filter((name) => select.includes(name)) : columns
    const relations = include.map(({ relation }) => relation.name)

    return shownOf(row, relations.length > 0 ? [...shown, ...relations] : shown, access?.masks ?? NO_MASKS)
  }
  const isShown = (context: CallContext, row: Row) => {
    if (!isExternal(context)) return true
    return maySee(context.params.user, model) && isReadable(context, row)
  }
  const shownIf = (context: CallContext, row: Row, isSeen: boolean): Row =>
    isSeen ? show(context, row) : { id: row.id }
  const showAll = async (context: CallContext, rows: readonly Row[]) => {
    const seen = await Promise.all(rows.map((row) => isShown(context, row)))
    context.result = rows.map((row, index) => shownIf(context, row, seen[index]!))
  }
  const showOne = async (context: CallContext, row: Row, isSeen: Promise<boolean>) => {
    context.result = shownIf(context, row, await isSeen)
  }

  return afterwards((context) => {
    if (operations.get(context.method)?.answers === 'output') return
    const rows = context.result as Row | Row[]
    if (Array.isArray(rows)) return showAll(context, rows)
    const isSeen = isShown(context, rows)
    if (isSeen instanceof Promise) return showOne(context, rows, isSeen)
    context.result = shownIf(context, rows, isSeen)
  })
}

/** Whether who wrote a record may read it. */
const readableBy = ({ rules: { read } }: Model) => {
  const asksOthers = parentsOf(read).length > 0

  return ({ method, params, service }: CallContext, row: Row): boolean | Promise<boolean> => {
    if (asksOthers) return service._isReadable(row.id, params)
    // What was removed was readable until now; only its removal hides it.
    return allows(read, params.user, method === 'remove' ? { ...row, deleted_at: null } : row)
  }
}
