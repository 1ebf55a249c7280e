import {
  disable, enrol, hasFactor, isFresh, markSession, renewRecoveryCodes, useCode
} from '../../mfa' // prettier-ignore
import type { Acting } from '../../mfa'
import type { SecurityEvent } from '../../security'
import { callerOf, recordSecurity } from '../../security'
import type { Principal } from '../../../declare/declarations'
import { ApiError } from '../../../errors/errors'
import { authenticated, Type } from '../../../declare'
import type { ActionContext } from '../../../declare'
import type { Knex } from 'knex'
import type { Context } from './session'
import { requirePassword } from './password'

const strict = { additionalProperties: false }
const code = Type.String({ minLength: 1, maxLength: 64, examples: ['123456'] })
const password = Type.Optional(Type.String({ format: 'password' }))
const success = Type.Object({ success: Type.Boolean() })
const codes = Type.Object({
  recovery_codes: Type.Array(Type.String({ examples: ['K7QM2X-4HTR9P-WZ3ABN-8CDEFG'] }))
})
const base = { on: 'collection', access: authenticated, transaction: false } as const

export type MfaContext = Context & { user: Principal | null }

/** Whoever acts for somebody else must not decide how that one signs in. */
export const self = ({ user }: MfaContext): Principal => {
  if (!user) throw new ApiError('NOT_AUTHENTICATED')
  if (user.impersonator_id) throw new ApiError('FORBIDDEN')

  return user
}

/** A session that was left open, or stolen, is not enough: the password, or having signed in a short while ago. */
export const requireOwner = async (context: MfaContext, given: string | undefined) => {
  if (given !== undefined) return requirePassword('password', given, context as ActionContext<object>)
  if (await isFresh(context.app, context.params as Acting)) return
  throw new ApiError('FORBIDDEN', { field: 'password', message: 'Give your password, or sign in anew' })
}

const record = ({ app, params }: Context, { id: user_id }: Principal, event: SecurityEvent) =>
  recordSecurity(app, event, { ...callerOf(params), user_id })

/** The second factor: codes of an authenticator (TOTP, RFC 6238), and codes for recovery. */
export const mfa = {
  mfa_enroll: {
    ...base,
    summary: 'A secret for an authenticator; in force once a code of it is confirmed',
    input: Type.Object({ password }, strict),
    output: Type.Object({
      secret: Type.String({ examples: ['JBSWY3DPEHPK3PXP'] }),
      otpauth_uri: Type.String(),
      qr_code: Type.String()
    }),
    http: { path: 'mfa/enroll' },
    async run(input: { password?: string }, context: MfaContext) {
      const user = self(context)
      await requireOwner(context, input.password)

      return enrol(context.app, user)
    }
  },
  mfa_confirm: {
    ...base,
    summary: 'Put the second factor in force by a code of it; answers ten recovery codes, this once',
    input: Type.Object({ code }, strict),
    output: codes,
    http: { path: 'mfa/confirm' },
    async run(input: { code: string }, context: MfaContext) {
      const { app, params } = context
      const user = self(context)
      await useCode(app, user.id, input.code, params, true)
      const recovery_codes = await renewRecoveryCodes(app, user.id)
      await markSession(app, params as Acting)
      await record(context, user, 'mfa_enrolled')

      return { recovery_codes }
    }
  },
  mfa_verify: {
    ...base,
    summary: 'Show the second factor in this session, for what asks for it',
    input: Type.Object({ code }, strict),
    output: success,
    http: { path: 'mfa/verify' },
    async run(input: { code: string }, context: MfaContext) {
      const { app, params } = context
      const user = self(context)
      await useCode(app, user.id, input.code, params)
      await markSession(app, params as Acting)
      await record(context, user, 'mfa_verified')

      return { success: true }
    }
  },
  mfa_recovery_codes: {
    ...base,
    summary: 'Ten new recovery codes in place of the old ones; shown this once',
    input: Type.Object({ code }, strict),
    output: codes,
    http: { path: 'mfa/recovery-codes' },
    async run(input: { code: string }, context: MfaContext) {
      const { app, params } = context
      const user = self(context)
      await useCode(app, user.id, input.code, params)
      const recovery_codes = await renewRecoveryCodes(app, user.id)
      await record(context, user, 'mfa_recovery_codes_made')

      return { recovery_codes }
    }
  },
  mfa_disable: {
    ...base,
    summary: 'Take the second factor away',
    input: Type.Object({ password, code }, strict),
    output: success,
    http: { path: 'mfa/disable' },
    async run(input: { password?: string; code: string }, context: MfaContext) {
      const { app, params } = context
      const user = self(context)
      await requireOwner(context, input.password)
      await useCode(app, user.id, input.code, params)
      await disable(app, user.id)
      await record(context, user, 'mfa_disabled')

      return { success: true }
    }
  }
}

/** What a settings page shows. */
export const mfaReports = {
  mfa: {
    summary: 'Whether there is a second factor, and how many recovery codes are left',
    input: Type.Object({}, strict),
    output: Type.Object({
      enabled: Type.Boolean(),
      verified: Type.Boolean(),
      recovery_codes_left: Type.Integer()
    }),
    access: authenticated,
    async run(_input: object, { app, user, knex }: MfaContext & { knex: Knex }) {
      const [left] = await knex('recovery_codes').where({ user_id: user!.id, used_at: null }).count()

      return {
        enabled: await hasFactor(app, user!.id),
        verified: user!.mfa,
        recovery_codes_left: Number(left!.count)
      }
    }
  }
}
