import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'crypto'

/** A key for one purpose out of the secret of the configuration (HKDF, RFC 5869): what one leaks says nothing of another. */
export const deriveKey = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `rachis ${purpose}`, 32))

const NONCE = 12
const TAG = 16

/**
 * Seals texts that clients carry and can neither read nor change, by AES-256-GCM. The nonce is made from the text itself (as in AES-SIV,
 * RFC 5297), so that the same text has the same seal: an answer that holds one is the same bytes as long as nothing has changed.
 */
export class Sealer {
  private readonly cipherKey: Buffer
  private readonly nonceKey: Buffer

  /** @param purpose a text that was sealed for another purpose does not open */
  constructor(secret: string, purpose: string) {
    this.cipherKey = deriveKey(secret, purpose)
    this.nonceKey = deriveKey(secret, `${purpose} nonce`)
  }

  /**
   * @param bound what the text belongs to: it opens with the same only
   * @returns letters, digits, `-` and `_`
   */
  seal(text: string, bound: string): string {
    const nonce = createHmac('sha256', this.nonceKey).update(`${bound.length} ${bound}${text}`).digest().subarray(0, NONCE) // prettier-ignore
    const cipher = createCipheriv('aes-256-gcm', this.cipherKey, nonce).setAAD(Buffer.from(bound))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])

    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  /** The text; undefined for one that is forged, changed, or bound to something else. */
  open(sealed: string, bound: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    // Node decodes what is no base64 as far as it can, and several spellings to the same bytes.
    if (bytes.length < NONCE + TAG || bytes.toString('base64url') !== sealed) return undefined
    const decipher = createDecipheriv('aes-256-gcm', this.cipherKey, bytes.subarray(0, NONCE), { authTagLength: TAG }) // prettier-ignore
    decipher.setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8')
    } catch {
      return undefined
    }
  }
}
