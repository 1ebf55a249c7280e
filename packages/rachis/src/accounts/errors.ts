import { defineErrors } from '../errors/define-errors'
import { PREFIX } from '../model/prefix'

/** The errors of signing in. `docs/errors.md` lists them behind those of the engine; a test keeps both equal. */
export const errors = defineErrors({
  INVALID_ONE_TIME_TOKEN: {
    status: 400,
    message: 'The link is not valid any more',
    hint: 'It was used, has expired, or a newer one was sent: ask for another'
  },
  INVALID_TOKEN: {
    status: 401,
    message: 'The token is not valid',
    hint: `Get a new one by POST ${PREFIX}/auth/refresh, or sign in by POST ${PREFIX}/auth/login`
  },
  MFA_REQUIRED: {
    status: 401,
    message: 'A code of your second factor is needed',
    hint: 'Send code along with email and password; in a session, POST /auth/mfa/verify'
  },
  INVALID_CODE: {
    status: 401,
    message: 'The code is not valid',
    hint: 'Wait for the next one: each is good once. A recovery code will do as well'
  },
  INVALID_API_KEY: {
    status: 401,
    message: 'The API key is not valid',
    hint: 'Send it whole, or make another: it may have expired or been revoked'
  },
  INVALID_TICKET: {
    status: 401,
    message: 'The ticket is not valid',
    hint: `It opens one stream, within half a minute: get another by POST ${PREFIX}/events/tickets`
  },
  INVALID_LOGIN: {
    status: 401,
    message: 'Wrong email or password',
    hint: 'Check both; accounts that are switched off cannot sign in'
  },
  OAUTH_REFUSED: {
    status: 401,
    message: 'The log-in by the provider was refused',
    hint: 'Begin it again; the message may say what to do first'
  },
  CSRF_REFUSED: {
    status: 403,
    message: 'The call does not prove that it comes from a page of yours',
    hint: 'Send the X-CSRF-Token of this session, from an allowed origin'
  },
  EMAIL_NOT_VERIFIED: {
    status: 403,
    message: 'Confirm your email address first',
    hint: 'Open the link that was mailed to you, or ask for another by /auth/resend-verification'
  }
})
