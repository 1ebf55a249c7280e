import type { Scheme } from './scheme'
import { fieldOf, headerOf, secondsOf, tooShort } from './scheme'

/** The values of one name of `t=1,v1=a,v1=b`. */
const valuesOf = (header: string, name: string): string[] =>
  header
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1))

/**
 * Stripe: `Stripe-Signature: t=<seconds>,v1=<hex>` of `<seconds>.<body>`, with several `v1` while a secret is changed. `v0` is of tests
 * alone, and passed over.
 *
 * @see https://docs.stripe.com/webhooks#verify-manually
 */
export const stripe: Scheme = {
  headers: { 'Stripe-Signature': '`t=<seconds since 1970>,v1=<hex>`' },
  problem: tooShort,
  key: (secret) => Buffer.from(secret),
  claim(headers, body) {
    const header = headerOf(headers, 'stripe-signature') ?? ''
    const times = valuesOf(header, 't')
    const timestamp = secondsOf(times[0])
    if (timestamp === undefined || times.length > 1) return undefined
    const signatures = valuesOf(header, 'v1').map((hex) => Buffer.from(hex, 'hex'))

    return { signed: [`${times[0]}.`, body], signatures, timestamp }
  },
  identify: (_headers, _body, payload) => ({ id: fieldOf(payload, 'id'), type: fieldOf(payload, 'type') })
}
