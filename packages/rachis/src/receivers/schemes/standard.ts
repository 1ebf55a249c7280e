import { keyOfSecret } from '../../util/webhook-secret'
import type { Scheme } from './scheme'
import { fieldOf, headerOf, secondsOf } from './scheme'

/** Bytes of a key, as the specification wants them. */
const [LEAST, MOST] = [24, 64]

/**
 * Standard Webhooks: `webhook-signature: v1,<base64>` of `<id>.<timestamp>.<body>`, several of them separated by spaces while the sender
 * changes its secret. Signatures of other versions are passed over.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const standard: Scheme = {
  headers: {
    'webhook-id': 'The id of the event, the same at each attempt',
    'webhook-timestamp': 'The time of the attempt, in seconds since 1970',
    'webhook-signature': 'Signatures `v1,<base64>`, separated by spaces'
  },
  problem: (secret) => {
    const { length } = keyOfSecret(secret)
    const isKey = /^(whsec_)?[A-Za-z0-9+/]+={0,2}$/.test(secret) && length >= LEAST && length <= MOST

    return isKey ? undefined : `is not whsec_ and ${LEAST} to ${MOST} bytes in base64`
  },
  key: keyOfSecret,
  claim(headers, body) {
    const [id, time, signature] = ['id', 'timestamp', 'signature'].map((name) => headerOf(headers, `webhook-${name}`)) // prettier-ignore
    const timestamp = secondsOf(time)
    if (!id || !signature || timestamp === undefined) return undefined
    const signatures = signature
      .split(' ')
      .filter((one) => one.startsWith('v1,'))
      .map((one) => Buffer.from(one.slice(3), 'base64'))

    return { signed: [`${id}.${time}.`, body], signatures, timestamp }
  },
  identify: (headers, _body, payload) => ({
    id: headerOf(headers, 'webhook-id'),
    type: fieldOf(payload, 'type')
  })
}
