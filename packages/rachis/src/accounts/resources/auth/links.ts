import type { Static } from '@feathersjs/typebox'
import { linkableAt, sign } from '../../signed-links'
import { callerOf, recordSecurity } from '../../security'
import type { Principal } from '../../../declare/declarations'
import { ApiError, validationError } from '../../../errors/errors'
import { authenticated, Type } from '../../../declare'
import type { Context } from './session'

const input = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: 2000 }),
    expires_in: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 }))
  },
  { additionalProperties: false }
)
const HOUR = 3600

/** Links to reads, for those who cannot send a token: an image in a page, a mail, a download. */
export const links = {
  links: {
    on: 'collection',
    summary: 'A link to one read: who has it reads as you do, until it expires',
    input,
    output: Type.Object({ url: Type.String(), expires_at: Type.String({ format: 'date-time' }) }),
    access: authenticated,
    transaction: false,
    http: { status: 201 },
    async run(
      { path, expires_in = HOUR }: Static<typeof input>,
      context: Context & { user: Principal | null }
    ) {
      const { app, params, user } = context
      const { link_ttl } = app.get('auth')
      // Whoever acts for somebody else must not keep that user's rights beyond it.
      if (!user || user.impersonator_id) throw new ApiError('FORBIDDEN')
      if (expires_in > link_ttl)
        throw validationError([
          { field: 'expires_in', message: `must be <= ${link_ttl}`, rule: 'maximum', expected: link_ttl }
        ])
      const target = linkableAt(app.get('engine').models, path)
      if (!target)
        throw validationError([
          { field: 'path', message: 'is not a read that links can be made for', rule: 'link' }
        ])
      const expires = Math.floor(Date.now() / 1000) + expires_in
      const url = sign(app.get('secret_key'), { method: 'GET', ...target, user: String(user.id), expires })
      await recordSecurity(app, 'signed_link_made', { ...callerOf(params), user_id: user.id, details: { path: target.path, expires_in } }) // prettier-ignore

      return { url, expires_at: new Date(expires * 1000).toISOString() }
    }
  }
} as const
