import type { Params } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import { authenticationOf } from './authentication'
import type { Application, Principal } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import { errors } from './errors'
import type { Hook } from '../service/hooks/context'
import { countAttempt } from './limits'
import { isRecoveryCode, newRecoveryCodes } from './recovery-codes'
import { decrypt, encrypt, fingerprint, secretsOf } from './secrets'
import { callerOf, recordSecurity } from './security'
import { isTotp, newEnrolment, plainCode, stepOf } from './totp'
import { PREFIX } from '../model/prefix'

interface Factor {
  readonly secret: string
  readonly confirmed_at: Date | string | null
}
/** The parameters of a call: who acts, and by what they authenticate. */
export type Acting = Params & {
  readonly user?: Principal
  readonly authentication?: { accessToken?: string }
}

const PURPOSE = 'mfa secret'
const RECOVERY = 'mfa recovery code'
const invalidCode = () => new ApiError(errors.INVALID_CODE)
const knexOf = (app: Application): Knex => app.get('postgresqlClient')
const bound = (user_id: number) => `user ${user_id}`

const factorOf = (app: Application, user_id: number): Promise<Factor | undefined> =>
  knexOf(app)<Factor & { user_id: number }>('mfa_factors').where({ user_id }).first('secret', 'confirmed_at') as Promise<Factor | undefined> // prettier-ignore

/** Whether the user has a second factor in force. */
export const hasFactor = async (app: Application, user_id: number): Promise<boolean> =>
  Boolean((await factorOf(app, user_id))?.confirmed_at)

const ENROL = `
insert into mfa_factors (user_id, secret) values (:user_id, :secret)
on conflict (user_id) do update set secret = excluded.secret, last_step = null, updated_at = now()
where mfa_factors.confirmed_at is null
returning id`

/** A new secret, not in force until a code of it is shown. One that is in force stays. */
export const enrol = async (app: Application, { id, email }: Principal) => {
  const enrolment = await newEnrolment(app.get('auth').mfa.issuer, email)
  const secret = encrypt(secretsOf(app), PURPOSE, enrolment.secret, bound(id))
  const { rows } = await knexOf(app).raw<{ rows: unknown[] }>(ENROL, { user_id: id, secret })
  if (rows.length === 0)
    throw new ApiError('CONFLICT', {
      message: 'A second factor is in force already: disable it first',
      hint: `Call POST ${PREFIX}/auth/mfa/disable with a code, then enrol again`
    })

  return enrolment
}

interface Taking {
  readonly user_id: number
  /** As it was read: one that was enrolled meanwhile is another. */
  readonly secret: string
  readonly last_step: number
  readonly isConfirming: boolean
}

/** Of several calls with one code, at once or later, one finds its step not taken yet: in every process, by the row's lock. */
const useTimeStep = async (app: Application, { user_id, secret, last_step, isConfirming }: Taking) => {
  const asked = knexOf(app)('mfa_factors').where({ user_id, secret })
  void asked.where((query) => void query.whereNull('last_step').orWhere('last_step', '<', last_step))
  void (isConfirming ? asked.whereNull('confirmed_at') : asked.whereNotNull('confirmed_at'))
  const now = new Date()
  const changes = { last_step, updated_at: now, ...(isConfirming ? { confirmed_at: now } : {}) }

  return (await asked.update(changes)) === 1
}

const takeTotp = async (app: Application, user_id: number, code: string, isConfirming = false) => {
  const factor = await factorOf(app, user_id)
  if (!factor || Boolean(factor.confirmed_at) === isConfirming) return false
  const { secret } = factor
  const last_step = await stepOf(decrypt(secretsOf(app), PURPOSE, secret, bound(user_id)), code)

  return last_step !== undefined && useTimeStep(app, { user_id, secret, last_step, isConfirming })
}

const takeRecoveryCode = async (app: Application, user_id: number, code: string, params: Params) => {
  const hashes = secretsOf(app).map((secret) => fingerprint(secret, RECOVERY, `${user_id} ${code}`))
  const used = await knexOf(app)('recovery_codes')
    .where({ user_id, used_at: null })
    .whereIn('hash', hashes)
    .update({ used_at: new Date() })
  if (used > 0) await recordSecurity(app, 'recovery_code_used', { ...callerOf(params), user_id })

  return used > 0
}

/**
 * Takes a code: one of the authenticator, or one for recovery. Each counts before it is looked at, since a million codes are
 * soon tried, and is good for one use.
 *
 * @throws {ApiError} INVALID_CODE when the code is wrong, TOO_MANY_REQUESTS when too many were
 */
export const useCode = async (
  app: Application,
  user_id: number,
  code: unknown,
  params: Params,
  isConfirming = false
): Promise<void> => {
  await countAttempt(app, 'code_user', user_id, params)
  const plain = typeof code === 'string' && code.length <= 64 ? plainCode(code) : ''
  const isRight = isTotp(plain)
    ? await takeTotp(app, user_id, plain, isConfirming)
    : !isConfirming && isRecoveryCode(plain) && (await takeRecoveryCode(app, user_id, plain, params))
  app.get('engine').wake()
  if (!isRight) {
    await recordSecurity(app, 'mfa_failed', { ...callerOf(params), user_id })
    throw invalidCode()
  }
  await app.get('limits').refund('code_user', user_id)
}

/**
 * The second step of signing in, once the first one was right: whether there was one.
 *
 * @throws {ApiError} MFA_REQUIRED when there is no code, INVALID_CODE when it is wrong
 */
export const secondStep = async (app: Application, user_id: number, code: unknown, params: Params) => {
  if (!(await hasFactor(app, user_id))) return false
  if (code === undefined || code === null || code === '') throw new ApiError(errors.MFA_REQUIRED)
  await useCode(app, user_id, code, params)
  await recordSecurity(app, 'mfa_verified', { ...callerOf(params), user_id, details: { at: 'login' } })

  return true
}

/** The secrets that people lose their telephones by: ten, in place of those that were. */
export const renewRecoveryCodes = async (app: Application, user_id: number): Promise<string[]> => {
  const codes = newRecoveryCodes()
  const [secret] = secretsOf(app)
  const rows = codes.map((code) => ({
    user_id,
    hash: fingerprint(secret, RECOVERY, `${user_id} ${plainCode(code)}`)
  }))
  await knexOf(app).transaction(async (trx) => {
    // Whoever asks twice at once is left with one set: the later one.
    await trx('mfa_factors').where({ user_id }).forUpdate().first('id')
    await trx('recovery_codes').where({ user_id }).delete()
    await trx('recovery_codes').insert(rows)
  })

  return codes
}

/** Takes the second factor away, and what was proved by it. */
export const disable = async (app: Application, user_id: number): Promise<void> => {
  await knexOf(app).transaction(async (trx) => {
    await trx('mfa_factors').where({ user_id }).delete()
    await trx('recovery_codes').where({ user_id }).delete()
    await trx('sessions')
      .where({ user_id })
      .whereNotNull('mfa_at')
      .update({ mfa_at: null, updated_at: new Date() })
  })
  app.get('engine').wake()
  authenticationOf(app).sessions.dropUser(user_id)
}

interface Session {
  readonly id: string
  readonly mfa_at: Date | string | null
  readonly created_at: Date | string
}

/** The session of a call; none for the server itself, nor for an API key. */
const sessionOf = async (app: Application, { user }: Acting): Promise<Session | undefined> =>
  user?.session_id
    ? ((await knexOf(app)<Session>('sessions')
        .where({ id: user.session_id })
        .first('id', 'mfa_at', 'created_at')) as Session | undefined)
    : undefined

/** Notes that the session of this call has shown a second factor just now; a refresh keeps it. */
export const markSession = async (app: Application, params: Acting): Promise<void> => {
  const session = await sessionOf(app, params)
  if (!session) return
  const now = new Date()
  await knexOf(app)('sessions').where({ id: session.id }).update({ mfa_at: now, updated_at: now })
  app.get('engine').wake()
  authenticationOf(app).sessions.dropRecord(`sessions/${session.id}`)
}

const isRecent = (app: Application, moment: Date | string | null | undefined): boolean =>
  !!moment && Date.now() - new Date(moment).getTime() < app.get('auth').mfa.recent * 1000

/** Whether the session of this call has begun a short while ago: as good as giving the password again. */
export const isFresh = async (app: Application, params: Acting): Promise<boolean> =>
  isRecent(app, (await sessionOf(app, params))?.created_at)

/**
 * Step-up: who has a second factor must have shown it a short while ago.
 *
 * @throws {ApiError} MFA_REQUIRED when the session has shown no code lately; `POST /auth/mfa/verify` is the way on
 * @example await demandRecentCode(app, context.params)
 */
const requireRecentCode = async (app: Application, params: Acting): Promise<void> => {
  const { user } = params
  if (!user || !(await hasFactor(app, user.id))) return
  if (!isRecent(app, (await sessionOf(app, params))?.mfa_at))
    throw new ApiError(errors.MFA_REQUIRED, { message: 'Verify a code of your second factor first' })
}

/** Their own address, sent back as it was read, is no other one. */
const isChanged = (name: string, data: unknown, id: unknown, user: Principal | undefined): boolean => {
  const given = (data ?? {}) as Record<string, unknown>
  const isOwn = user !== undefined && String(id) === String(user.id)

  return Object.hasOwn(given, name) && !(isOwn && name === 'email' && given.email === user.email)
}

/** The same before an operation; of a change of an account only where it is of what somebody signs in by. */
export const guardByCode =
  (app: Application, fields?: readonly string[]): Hook =>
  async ({ params, data, id }, next) => {
    const isAsked = !fields || fields.some((name) => isChanged(name, data, id, params.user))
    if (params.provider && isAsked) await requireRecentCode(app, params as Acting)
    await next()
  }
