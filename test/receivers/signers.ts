import { createHmac } from 'node:crypto'
import type { Answer } from '../files/stage'
import type { World } from '../helpers/world'

/** How the senders of three schemes sign, written from their manuals and apart from the code under test. */
export const SECRETS = {
  github: 'a-secret-of-github',
  standard: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLwKQ',
  stripe: 'whsec_a-secret-of-stripe'
}
export type Signer = keyof typeof SECRETS

const mac = (key: string | Buffer, text: string | Buffer, encoding: 'hex' | 'base64') =>
  createHmac('sha256', key).update(text).digest(encoding)

interface Told {
  readonly secret?: string
  /** Seconds from now. */
  readonly at?: number
  readonly id?: string
  readonly type?: string
}

const now = (at = 0) => Math.floor(Date.now() / 1000) + at
const joined = (text: string, body: string | Buffer) => Buffer.concat([Buffer.from(text), Buffer.from(body)])

export const signed: Record<Signer, (body: string | Buffer, told?: Told) => Record<string, string>> = {
  github: (body, { secret = SECRETS.github, id = 'a1', type = 'push' } = {}) => ({
    'X-GitHub-Delivery': id,
    'X-GitHub-Event': type,
    'X-Hub-Signature-256': `sha256=${mac(secret, Buffer.from(body), 'hex')}`
  }),
  standard: (body, { secret = SECRETS.standard, at, id = 'msg_1' } = {}) => ({
    'webhook-id': id,
    'webhook-timestamp': String(now(at)),
    'webhook-signature': `v1,${mac(Buffer.from(secret.slice(6), 'base64'), joined(`${id}.${now(at)}.`, body), 'base64')}`
  }),
  stripe: (body, { secret = SECRETS.stripe, at } = {}) => ({
    'Stripe-Signature': `t=${now(at)},v0=00,v1=${mac(secret, joined(`${now(at)}.`, body), 'hex')}`
  })
}

/** Sends bytes as they are, as another server does. */
export const deliver = async (world: World, receiver: string, body: string | Buffer, headers: Record<string, string>): Promise<Answer> => {
  const response = await fetch(`${world.url}/api/v1/receivers/${receiver}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body
  })

  return { status: response.status, headers: response.headers, body: await response.json() }
} // prettier-ignore
