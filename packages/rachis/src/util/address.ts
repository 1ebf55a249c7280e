import type { IncomingMessage } from 'http'
import { isIP } from 'net'

/** `::ffff:10.0.0.1` is 10.0.0.1, and an interface's name is no part of an address: one caller has one spelling. */
const plain = (address: string): string => address.replace(/^::ffff:(?=[\d.]+$)/i, '').split('%', 1)[0]!

/** Some proxies add the port that they were called from: `203.0.113.9:5678`, `[2001:db8::1]:443`. */
const withoutPort = (text: string): string =>
  /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text

/**
 * Where a call came from. Each proxy adds, at the right of `X-Forwarded-For`, whom it was called by; what stands further left
 * is whatever the client wrote. So with `proxies` in front of us the one that counts is that many from the right, and with none
 * the header says nothing.
 *
 * @example addressOf(request, 1) // X-Forwarded-For: 6.6.6.6, 203.0.113.9 → '203.0.113.9'
 */
export const addressOf = ({ headers, socket }: IncomingMessage, proxies: number): string => {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',')
  const told = proxies > 0 ? plain(withoutPort((forwarded.at(-proxies) ?? '').trim())) : ''

  return isIP(told) ? told : plain(socket.remoteAddress ?? '')
}

/**
 * An IPv6 address stands in brackets before a port (RFC 3986, section 3.2.2).
 *
 * @example hostInUrl('::1') // '[::1]'
 */
export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)
