import {
  $user,
  authenticated,
  defineResource,
  immutable,
  json,
  nullable,
  owner,
  text,
  textArray
} from '../../declare'
import type { ServiceOf } from '../../declare'
import type { HookContext } from '../../declare/declarations'
import { ApiError } from '../../errors/errors'
import type { ResourceParams } from '../../service/service-params'
import { holdLock } from '../../sql/named-lock'

const mine = { user_id: $user.id }
/** Views of one user, over all lists. */
const MOST = 200

/**
 * Counted in the transaction of the creation, one after the other: a file of views is one transaction, and two creations at once would be one too many.
 *
 * @throws {ApiError} CONFLICT where its owner has as many as one may have
 */
const refuseTooMany = async ({ data, params }: HookContext): Promise<void> => {
  const { user, transaction } = params as ResourceParams & { readonly user?: { readonly id: number } }
  if (!user) return
  const { trx } = transaction!
  await holdLock(trx, `saved_views of ${user.id}`)
  const [{ total }] = (await trx('saved_views').where({ user_id: user.id }).select(trx.raw('count(*)::int as total'))) as [{ total: number }] // prettier-ignore
  const number = Array.isArray(data) ? data.length : 1
  if (total + number > MOST)
    throw new ApiError('CONFLICT', {
      message: `One may have ${MOST} views, and there are ${total}`,
      hint: 'Remove one that is not needed any more'
    })
}

/** Filters, order and columns of a list on the admin page, under a name: they follow their owner to every browser. */
export const savedViews = defineResource('saved_views', {
  path: 'saved-views',
  description: 'Lists of the admin page as one has kept them: filters, order and columns under a name',
  fields: {
    user_id: owner('users'),
    resource: immutable(text({ minLength: 1, maxLength: 63, examples: ['tasks'] })),
    name: text({ minLength: 1, maxLength: 60, examples: ['Urgent ones'] }),
    filters: json({ maxProperties: 50, examples: [{ priority: 'urgent' }] }),
    sort: json({ maxProperties: 5, examples: [{ field: 'created_at', order: 'DESC' }] }),
    columns: nullable(textArray({ maxLength: 63, examples: [['id', 'title']] }))
  },
  access: { read: mine, create: authenticated, update: mine, remove: mine },
  unique: [['user_id', 'resource', 'name']],
  // What is kept is small: filters that somebody has typed.
  limits: { body: 16_384, batch: 20 },
  hooks: { before: { create: [refuseTooMany] } }
})

declare module '../../declare/declarations' {
  interface ServiceTypes {
    'saved-views': ServiceOf<typeof savedViews>
  }
}
