import type { Model } from '../compilers/model'
import type { Row } from '../compilers/service'
import type { RelatedOptions } from '../compilers/statements'
import { missing } from '../errors'
import type { CallContext, Hook } from './context'
import { isExternal } from './context'

interface Reference {
  readonly field: string
  readonly target: Model
}
interface TargetService {
  _related(by: string, keys: readonly unknown[], options: RelatedOptions, params: object): Promise<Row[]>
}

const referencesOf = (model: Model): Reference[] =>
  [...model.fields.values()].flatMap(({ name: field, references }) => {
    const target = references && model.other(references.resource)
    return target?.softDelete ? [{ field, target }] : []
  })

const LEFT = { restrict: { deleted_at: null }, columns: ['id'], each: 1 }

/** The record before a change, where the caller may make one; where not, the change itself says so. */
const before = ({ id, service, params }: CallContext): Promise<Row | undefined> =>
  service._get(id, { ...params, query: {} }).catch(() => undefined)

/** What a change leaves as it is was there when it was written. */
const isNew = async (context: CallContext, field: string, key: unknown): Promise<boolean> => {
  const record = context.method === 'create' ? {} : await before(context)
  return record !== undefined && record[field] !== key
}

/**
 * A removed record is gone for whoever would refer to it, though its row is still there for the foreign key. One that goes at
 * the same moment may still be referred to, as it may be a moment earlier.
 */
export const demandPresent = (model: Model): Hook => {
  const references = referencesOf(model)

  const check = async (context: CallContext, { field, target }: Reference) => {
    const given = [context.data].flat().map((row) => (row as Row)[field])
    const keys = [...new Set(given.filter((key) => key !== null && key !== undefined))]
    if (keys.length === 0 || !(await isNew(context, field, keys[0]))) return
    const service = context.app.service(target.path as never) as unknown as TargetService
    const found = await service._related('id', keys, { ...LEFT, most: keys.length }, context.params)
    if (found.length < keys.length) throw missing(field, target.name)
  }

  return async (context, next) => {
    if (isExternal(context)) for (const reference of references) await check(context, reference)

    return next()
  }
}
