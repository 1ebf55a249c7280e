import type { JWTPayload } from 'jose'
import { deriveKey } from '../secrets'

/** What a sealed text is for. One that was made for another purpose does not open. */
export type Purpose = 'flow' | 'code' | 'ticket'

const keyFor = (secret: string, purpose: Purpose) => new Uint8Array(deriveKey(secret, `oauth ${purpose}`))

/**
 * A text that carries facts through a browser, which can neither read nor change them, for so many seconds. RFC 7516.
 *
 * @example await seal(secret, 'flow', { provider: 'google' }, 600)
 */
export const seal = async (
  secret: string,
  purpose: Purpose,
  facts: object,
  seconds: number,
  id?: string
): Promise<string> => {
  const { EncryptJWT } = await import('jose')
  const token = new EncryptJWT({ ...facts } as JWTPayload)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setExpirationTime(`${seconds}s`)
  if (id) token.setJti(id)

  return token.encrypt(keyFor(secret, purpose))
}

/** The facts of a sealed text; undefined for one that is expired, forged, made for another purpose, or no such text at all. */
export const unseal = async <T>(secret: string, purpose: Purpose, text: unknown): Promise<T | undefined> => {
  if (typeof text !== 'string' || text.length > 4096) return undefined
  const { jwtDecrypt } = await import('jose')
  try {
    const { payload } = await jwtDecrypt(text, keyFor(secret, purpose), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
      requiredClaims: ['exp']
    })
    return payload as T
  } catch {
    return undefined
  }
}
