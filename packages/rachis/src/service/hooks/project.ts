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
  const showIf = (context: CallContext, row: Row, isSeen: boolean): Row =>
    isSeen ? show(context, row) : { id: row.id }
  const showReadable = (context: CallContext, row: Row): Row | Promise<Row> => {
    const { user } = context.params
    const isSeen = !isExternal(context) || (maySee(user, model) && isReadable(context, row))
    if (!(isSeen instanceof Promise)) return showIf(context, row, isSeen)

    return isSeen.then((isAllowed) => showIf(context, row, isAllowed))
  }

  return afterwards((context) => {
    if (operations.get(context.method)?.answers === 'output') return
    const rows = context.result as Row | Row[]
    const shown = Array.isArray(rows)
      ? Promise.all(rows.map((row) => showReadable(context, row)))
      : showReadable(context, rows)
    if (shown instanceof Promise) return answerWith(context, shown)
    context.result = shown
  })
}

const answerWith = async (context: CallContext, shown: Promise<Row | Row[]>) => {
  context.result = await shown
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
