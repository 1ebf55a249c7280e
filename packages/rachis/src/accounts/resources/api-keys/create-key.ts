import type { Static } from '@feathersjs/typebox'
import { makeKey, permissionProblems } from '../../api-keys'
import { partOf, recordSecurity } from '../../security'
import { ApiError, validationError } from '../../../errors/errors'
import type { ErrorDetail } from '../../../errors/errors'
import type { ReportContext } from '../../../declare'
import type { keyInput } from './key-input'

type Input = Static<typeof keyInput>

const problemsOf = ({ permissions, expires_at }: Input, { app }: ReportContext): ErrorDetail[] => {
  const isPast = expires_at && Date.parse(expires_at) <= Date.now()
  const past = { field: 'expires_at', message: 'must be in the future', rule: 'future' }

  return [...permissionProblems(app, permissions), ...(isPast ? [past] : [])]
}

/** Makes a key. Its secret is in this answer and nowhere else: what is kept is a hash. */
export const createKey = async (
  input: Input,
  context: ReportContext
): Promise<{ id: number; key: string }> => {
  const { app, user, knex, params } = context
  if (!user) throw new ApiError('NOT_AUTHENTICATED')
  const details = problemsOf(input, context)
  if (details.length > 0) throw validationError(details)
  const { key, prefix, hash } = makeKey()
  const { name, permissions, expires_at = null } = input
  const [{ id }] = (await knex('api_keys')
    .insert({ user_id: user.id, name, prefix, hash, permissions: [...new Set(permissions)], expires_at })
    .returning('id')) as [{ id: number }]
  const facts = {
    ...partOf(params),
    user_id: user.id,
    details: { key_id: id, permissions: permissions.join() }
  }
  await recordSecurity(app, 'api_key_created', facts)

  return { ...(await app.service('api-keys').get(id, params)), key }
}
