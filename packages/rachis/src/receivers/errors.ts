import { defineErrors } from '../errors/define-errors'

/** The errors of receivers. `docs/errors.md` lists them; a test keeps both equal. */
export const errors = defineErrors({
  INVALID_SIGNATURE: {
    status: 401,
    message: 'The signature of the webhook is not valid',
    hint: 'Sign the body as it is sent, with the secret of this receiver and the time of now'
  }
})
