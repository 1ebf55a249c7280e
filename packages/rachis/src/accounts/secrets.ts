import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'crypto'
import type { Application } from '../declare/declarations'
import { deriveKey } from '../util/seal'

export { deriveKey }

/**
 * What is kept of a secret of 256 random bits. A fast hash is right here: nobody guesses them, however fast they try (OWASP ASVS 5, 11.4.2 is
 * of passwords).
 */
export const hashOfSecret = (secret: string | Buffer): Buffer => createHash('sha256').update(secret).digest()

/** The secret of now, and those that were before it: what they encrypted stays readable until they are taken out. */
export const secretsOf = (app: Application): readonly [string, ...string[]] => [
  app.get('secret_key'),
  ...app.get('auth').previous_keys
]

/**
 * Encrypts a text for the database by AES-256-GCM. `bound` is what it belongs to: moved to another row it cannot be decrypted.
 *
 * @example decrypt(secrets, 'mfa', encrypt(secrets, 'mfa', 'JBSWY3DP', 'user 7'), 'user 7') // 'JBSWY3DP'
 */
export const encrypt = (
  [secret]: readonly [string, ...string[]],
  purpose: string,
  text: string,
  bound: string
) => {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', deriveKey(secret, purpose), iv).setAAD(Buffer.from(bound))
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])

  return Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64url')
}

const decryptWith = (
  secret: string,
  purpose: string,
  encrypted: Buffer,
  bound: string
): string | undefined => {
  const decipher = createDecipheriv('aes-256-gcm', deriveKey(secret, purpose), encrypted.subarray(0, 12), {
    authTagLength: 16
  })
  decipher.setAAD(Buffer.from(bound)).setAuthTag(encrypted.subarray(12, 28))
  try {
    return Buffer.concat([decipher.update(encrypted.subarray(28)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** @throws {Error} where none of the secrets encrypted it, as after the one that did was taken out of the configuration */
export const decrypt = (
  secrets: readonly string[],
  purpose: string,
  encrypted: string,
  bound: string
): string => {
  for (const secret of secrets) {
    const text = decryptWith(secret, purpose, Buffer.from(encrypted, 'base64url'), bound)
    if (text !== undefined) return text
  }
  throw new Error(`No key decrypts what was encrypted for ${purpose}; is the old one in auth.previous_keys?`)
}

/** What a text is known by in the database: without the secret nobody can try texts on it. */
export const fingerprint = (secret: string, purpose: string, text: string): string =>
  createHmac('sha256', deriveKey(secret, purpose)).update(text).digest('hex')
