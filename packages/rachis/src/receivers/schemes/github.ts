import { createHash } from 'crypto'
import type { Scheme } from './scheme'
import { headerOf, tooShort } from './scheme'

/**
 * GitHub: `X-Hub-Signature-256: sha256=<hex>` of the body. Neither the time nor the id of a delivery is signed. So an event is known again
 * by its body: whoever has got hold of one could send it again under another id.
 *
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export const github: Scheme = {
  headers: {
    'X-Hub-Signature-256': '`sha256=<hex>`',
    'X-GitHub-Event': 'What the event tells of, such as `push`'
  },
  problem: tooShort,
  key: (secret) => Buffer.from(secret),
  claim(headers, body) {
    const header = headerOf(headers, 'x-hub-signature-256')
    if (!header?.startsWith('sha256=')) return undefined

    return { signed: [body], signatures: [Buffer.from(header.slice(7), 'hex')] }
  },
  identify: (headers, body) => ({
    id: `sha256:${createHash('sha256').update(body).digest('hex')}`,
    type: headerOf(headers, 'x-github-event')
  })
}
