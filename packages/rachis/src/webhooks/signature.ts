import { createHmac, randomBytes } from 'crypto'
import { keyOfSecret, SECRET_PREFIX } from '../util/webhook-secret'

/** Standard Webhooks asks for 24 to 64 bytes. */
const BYTES = 32

/** @example newSecret() // 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=' */
export const newSecret = (): string => `${SECRET_PREFIX}${randomBytes(BYTES).toString('base64')}`

export interface Message {
  readonly id: string
  readonly body: string
  /** Of the attempt, in seconds since 1970. */
  readonly timestamp: number
}

/**
 * The headers of Standard Webhooks 1.0.0 (https://github.com/standard-webhooks/standard-webhooks, section "Verifying webhook authenticity"):
 * `id.timestamp.body` is signed by HMAC-SHA256 with each secret that is in force, so that a receiver may change to a new one at any time.
 *
 * @example
 * signedHeaders({ id: 'msg_1', timestamp: 1674087231, body: '{}' }, [secret])
 * // { 'webhook-id': 'msg_1', 'webhook-timestamp': '1674087231', 'webhook-signature': 'v1,K5oZfz…' }
 */
export const signedHeaders = ({ id, timestamp, body }: Message, secrets: readonly string[]) => {
  const signatures = secrets.map(
    (secret) =>
      `v1,${createHmac('sha256', keyOfSecret(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  )

  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' ')
  }
}
