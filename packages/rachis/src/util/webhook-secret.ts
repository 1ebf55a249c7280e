/** What stands before a secret of Standard Webhooks: `whsec_` and a key of 24 to 64 bytes in Base64. */
export const SECRET_PREFIX = 'whsec_'

/**
 * The key that such a secret stands for, also where it is written without its prefix.
 *
 * @example keyOfSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw').length // 24
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const keyOfSecret = (secret: string): Buffer =>
  Buffer.from(secret.replace(SECRET_PREFIX, ''), 'base64')
