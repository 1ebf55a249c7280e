import { relationsIn } from '../../declare/predicate'
import type { Predicate } from '../../declare/predicate'
import { beforehand } from './phased'
import type { CallContext, Hook } from './context'
import { isExternal } from './context'

/** Whether a rule asks for other records, so that its answer may change while a write is on its way. */
export const asksParents = (rule: Predicate): boolean => relationsIn(rule).length > 0

/** The same, for calls that are asked. */
export const needsParents =
  (rule: Predicate) =>
  (context: CallContext): boolean =>
    asksParents(rule) && isExternal(context)

/**
 * Holds the parents by which a record may be changed from before the write until its end, so that none of them leaves the caller's rights
 * in between. They are locked before the record is, as a removal that cascades does it. Undefined where the rule asks for none.
 */
export const holdParentsOf = (rule: Predicate): Hook | undefined =>
  asksParents(rule)
    ? beforehand(async (context) => {
        const { id, data, params, service } = context
        const target = id ?? (data as { id?: number | string } | undefined)?.id
        if (isExternal(context) && target !== undefined) await service._holdParents(target, params)
      })
    : undefined
