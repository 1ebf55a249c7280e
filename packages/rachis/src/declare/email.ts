import { domainToASCII } from 'url'

// RFC 5322, section 3.2.3, without quotes and comments; RFC 5321, section 4.5.3.1 for the lengths.
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/
const LONGEST = 254

/**
 * The one spelling of an email address, or undefined where it is none: without spaces around, in lower case, full-width and
 * other compatibility forms (NFKC) as the letters that they stand for, an international domain by its ASCII name (IDNA).
 * What stands before the @ is ASCII: a Cyrillic а there could pass for the a of somebody else's address. In a domain it
 * cannot, since xn--… is another domain, and its mail goes elsewhere.
 *
 * @example emailOf(' Ada@Bücher.EXAMPLE ') // 'ada@xn--bcher-kva.example'
 */
export const emailOf = (text: string): string | undefined => {
  // Before anything is done with it: NFKC makes up to eighteen characters of one.
  if (text.length > 2 * LONGEST) return undefined
  const plain = text.normalize('NFKC').trim().toLowerCase()
  const at = plain.lastIndexOf('@')
  const local = plain.slice(0, Math.max(at, 0))
  const domain = plain.slice(at + 1)
  // Not what domainToASCII would make of it by decoding.
  const ascii = /[%/\\?#:@[\]\s]/.test(domain) ? '' : domainToASCII(domain)
  const email = `${local}@${ascii}`

  return LOCAL.test(local) && local.length <= 64 && DOMAIN.test(ascii) && email.length <= LONGEST
    ? email
    : undefined
}
