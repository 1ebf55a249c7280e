import { createHash, createHmac, createPrivateKey, createPublicKey, createSecretKey } from 'crypto'
import type { KeyObject } from 'crypto'
import jwt from 'jsonwebtoken'
import type { Algorithm, JwtHeader, JwtPayload } from 'jsonwebtoken'
import { ApiError } from '../errors/errors'
import { errors } from './errors'

export const ISSUER = 'rachis'
const MAX_LENGTH = 4096
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export type Kind = 'access' | 'refresh'
/** What a token of ours says, once it is verified. */
export interface Claims extends JwtPayload {
  readonly sub: string
  readonly sid: string
  readonly kind: Kind
  readonly iat: number
  readonly exp: number
  /** The generation of a refresh token. */
  readonly gen?: number
  /** Who acts as the subject: RFC 8693, section 4.1. */
  readonly act?: { readonly sub: string }
}
type Said = Pick<Claims, 'sub' | 'sid' | 'kind' | 'iat' | 'exp' | 'gen' | 'act'>

export interface KeySettings {
  /** A text of 32 or more characters, for HS256. */
  readonly secret_key: string
  /** A private key in PEM, which signs in place of the secret: RSA for RS256, EC for ES256, ES384 or ES512. */
  readonly signing_key: string
  /** Secrets, and keys in PEM, that signed before. Their tokens are good until they expire. */
  readonly previous_keys: readonly string[]
}
interface Key {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly signing: KeyObject
  readonly verifying: KeyObject
}

const CURVES: Record<string, Algorithm> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }

/** RFC 7638: the same key has the same name in every process, and another key another. */
const thumbprint = (key: KeyObject): string => {
  const { crv, e, kty, n, x, y } = key.export({ format: 'jwk' })
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y }

  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

const algorithmOf = ({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): Algorithm => {
  const isLong = (details?.modulusLength ?? 0) >= 2048
  const found = type === 'rsa' && isLong ? 'RS256' : CURVES[details?.namedCurve ?? '']
  if (!found) throw new Error('RSA from 2048 bits and EC on P-256, P-384 or P-521 can sign')

  return found
}

const asymmetric = (pem: string): Key => {
  const isPrivate = pem.includes('PRIVATE KEY-----')
  const verifying = createPublicKey(pem)
  const signing = isPrivate ? createPrivateKey(pem) : verifying

  return { kid: thumbprint(verifying), algorithm: algorithmOf(verifying), signing, verifying }
}

/** jsonwebtoken takes a string for a public key first, and fails, which costs 50 times the check of the token itself. */
const symmetric = (secret: string): Key => {
  const key = createSecretKey(Buffer.from(secret))
  const kid = createHmac('sha256', key).update('kid').digest('base64url').slice(0, 16)

  return { kid, algorithm: 'HS256', signing: key, verifying: key }
}

const isPem = (text: string) => text.includes('-----BEGIN')

/** In the environment the lines of a PEM may stand as `\n`. */
const keyOf = (text: string): Key =>
  isPem(text) ? asymmetric(text.replaceAll('\\n', '\n').trim()) : symmetric(text)

/** The path of a file, or a letter of it, would be a secret that anybody could guess. */
const assertPem = (signing_key: string) => {
  if (signing_key && !isPem(signing_key))
    throw new Error(
      'auth.signing_key (AUTH_SIGNING_KEY) is no private key in PEM; a secret stands in SECRET_KEY'
    )
}

const invalidToken = (cause?: unknown) => new ApiError(errors.INVALID_TOKEN, { cause })
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isUser = (value: unknown) => typeof value === 'string' && /^\d{1,15}$/.test(value)

/** jsonwebtoken refuses times that have passed, or not come; that they are there, and are numbers, is asked here. */
const isOurs = ({ sub, sid, kind, iat, exp, nbf, gen, act }: Partial<Claims>, expected: Kind): boolean =>
  kind === expected &&
  isUser(sub) &&
  typeof sid === 'string' &&
  UUID.test(sid) &&
  [iat, exp, nbf ?? 0].every(isTime) &&
  (kind === 'access' ? act === undefined || isUser(act.sub) : Number.isInteger(gen))

/**
 * Signs tokens, and verifies them. Each key has a name, the `kid` of its tokens, and one algorithm: what a token says of its
 * algorithm is compared and never followed (RFC 8725, section 3.1).
 *
 * @example
 * const tokens = new Tokens({ secret_key, signing_key: '', previous_keys: [] })
 * tokens.verify(tokens.sign({ sub: '7', sid, kind: 'access', iat, exp }), 'access').sub // '7'
 */
export class Tokens {
  private readonly current: Key
  private readonly keys: ReadonlyMap<string, Key>

  /** @throws {Error} for a key that cannot be read, or cannot sign */
  constructor({ secret_key, signing_key, previous_keys }: KeySettings) {
    assertPem(signing_key)
    const keys = [signing_key || secret_key, ...previous_keys].map(keyOf)
    this.current = keys[0]!
    if (this.current.signing.type === 'public') throw new Error('A private key is needed to sign')
    this.keys = new Map(keys.map((key) => [key.kid, key]))
  }

  sign(claims: Said): string {
    const { algorithm, kid, signing } = this.current
    return jwt.sign({ ...claims, iss: ISSUER, aud: ISSUER }, signing, { algorithm, keyid: kid })
  }

  /** @throws {ApiError} INVALID_TOKEN for one that is forged, expired, of another kind, or not a token at all */
  verify(token: unknown, kind: Kind, { ignoreExpiration = false } = {}): Claims {
    if (typeof token !== 'string' || token.length > MAX_LENGTH) throw invalidToken()
    try {
      const { algorithm, verifying } = this.keyOf(token)
      const claims = jwt.verify(token, verifying, {
        algorithms: [algorithm],
        issuer: ISSUER,
        audience: ISSUER,
        ignoreExpiration
      })
      if (isOurs(claims as Partial<Claims>, kind)) return claims as Claims
    } catch (error) {
      throw invalidToken(error)
    }
    throw invalidToken()
  }

  private keyOf(token: string): Key {
    const header: Partial<JwtHeader> | undefined = jwt.decode(token, { complete: true })?.header
    // RFC 7515, section 4.1.11: extensions that must be understood, of which none are.
    if (header?.crit !== undefined) throw new Error('The token has extensions that are not understood')
    const key = this.keys.get(header?.kid ?? '')
    if (!key) throw new Error('The token names no key that is known')

    return key
  }
}
