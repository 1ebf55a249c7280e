import { asksOfRecord } from '../../declare/predicate'
import type { Model } from '../../model/model'
import { isShown, NO_MASKS } from '../../rules/masks'
import { allows, fieldRule } from '../../rules/policy'
import type { Row } from '../../sql/database'
import { sameJson } from '../../util/same-json'
import type { GuardedFields } from '../service-params'
import type { CallContext, Hook } from './context'
import { afterwards } from './phased'
import { guardedError } from './unchanged'

/** Whether a write names, or resets, a field of which it depends on the record whether the caller may write it. */
export const isGuarded = ({ params: { guarded } }: CallContext): boolean => guarded !== undefined

/** Whether any rule of writing a field asks of the record. */
export const hasGuarded = ({ fieldRules }: Model): boolean =>
  [...fieldRules.values()].some(({ write }) => asksOfRecord(write))

const mayWriteOf = (model: Model, { params }: CallContext, name: string, row: Row): boolean =>
  allows(fieldRule(model, name, 'write'), params.user, row)

/** Rules of fields are asked of the records as they are created; the transaction around it takes refused ones back. */
export const authorizeCreated = (model: Model): Hook =>
  afterwards((context) => {
    const { sent = [] } = context.params.guarded ?? {}
    const rows = [context.result].flat() as Row[]
    for (const [index, names] of sent.entries()) {
      const refused = names.find((name) => !mayWriteOf(model, context, name, rows[index]!))
      if (refused !== undefined) throw guardedError({ name: refused })()
    }
  })

/** What a PUT leaves out stays as it is where the caller may not write it. */
const keepLeftOut = (model: Model, context: CallContext, { leftOut }: GuardedFields, before: Row) => {
  const kept = leftOut.filter((name) => !mayWriteOf(model, context, name, before))
  const entries = Object.entries(context.data as Row).filter(([name]) => !kept.includes(name))
  context.data = Object.fromEntries(entries)
}

/**
 * Asks the rules of fields of the record as it was and as it becomes. As elsewhere a value may be sent back as it was read, by who may
 * read it: anybody else would learn it by trying.
 */
export const authorizeWritten = (model: Model): Hook => async (context, next) => {
  const { params, service, id } = context
  const { guarded, access } = params
  if (!guarded) return next()
  const before = await service._lock(id!, params)
  const isSeen = await service._isReadable(id!, params)
  keepLeftOut(model, context, guarded, before)
  const written = [...guarded.sent.flat(), ...guarded.leftOut].filter((name) => name in (context.data as Row))
  await next()
  const after = context.result as Row
  const isRead = (name: string) =>
    isSeen && access!.columns.includes(name) && isShown(access?.masks ?? NO_MASKS, name, before)
  const refused = written.find(
    (name) =>
      ![before, after].every((row) => mayWriteOf(model, context, name, row)) &&
      !(isRead(name) && sameJson(before[name], after[name]))
  )
  if (refused !== undefined) throw guardedError({ name: refused })()
} // prettier-ignore
