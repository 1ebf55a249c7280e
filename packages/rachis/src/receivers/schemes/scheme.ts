import type { IncomingHttpHeaders } from 'http'

/** What the headers of a request say of its signature, before anything of it is known to be true. */
export interface Claim {
  /** What was signed. */
  readonly signed: readonly (string | Buffer)[]
  /** Signatures of which one has to be right. */
  readonly signatures: readonly Buffer[]
  /** Seconds since 1970, where the scheme signs a time. */
  readonly timestamp?: number
}

/** What a webhook is, once its signature is known to be right. */
export interface Identified {
  /** The same whenever the sender sends the same event again. */
  readonly id: unknown
  /** What it tells of, such as `payment_intent.succeeded`. */
  readonly type: unknown
}

/** A way of signing webhooks. All three sign by HMAC with SHA-256. */
export interface Scheme {
  /** The headers that a sender has to send, with what they hold. */
  readonly headers: Readonly<Record<string, string>>
  /** What is wrong with a secret, without the secret; undefined for one to use. */
  problem(secret: string): string | undefined
  /** The key that a secret stands for. */
  key(secret: string): Buffer
  /** Undefined where the headers hold no signature of this scheme. */
  claim(headers: IncomingHttpHeaders, body: Buffer): Claim | undefined
  identify(headers: IncomingHttpHeaders, body: Buffer, payload: unknown): Identified
}

/** A header that was sent once. */
export const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name]

  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Undefined for what is no time in whole seconds. */
export const secondsOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined

/** A field of a payload of which nothing is known yet. */
export const fieldOf = (payload: unknown, name: string): unknown =>
  typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>)[name] : undefined

const LEAST = 16

/** Whoever may guess at a short secret can sign what they like. */
export const tooShort = (secret: string): string | undefined =>
  secret.length < LEAST ? `has fewer than ${LEAST} characters` : undefined
