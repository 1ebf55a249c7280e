import type { BlockList } from 'net'
import { isIP } from 'net'
import { mayConnect } from './addresses'

/** Where requests may go. */
export interface Reach {
  readonly allow_http: boolean
  /** Networks beside the public internet. */
  readonly allowed: BlockList
}

/** What `URL` leaves out or reads as something else: the owner would be shown another address than the one that is asked. */
const UNCLEAR = /[\s\\\x00-\x1f\x7f]|^https?:(?!\/\/[^/])/i

/** The host of a URL as names and addresses are written elsewhere: IPv6 without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

/**
 * Why a webhook cannot be sent to a URL; undefined where it can, as far as that is known without asking DNS. `URL` has read the host as
 * browsers do: `http://0x7f.1` and `http://2130706433` are 127.0.0.1 by then.
 *
 * @example targetProblem('https://ada:secret@example.com', reach) // 'must not hold a user name or a password'
 */
export const targetProblem = (text: string, { allow_http, allowed }: Reach): string | undefined => {
  if (UNCLEAR.test(text) || !URL.canParse(text)) return 'must be a URL'
  const url = new URL(text)
  const host = hostOf(url)
  if (url.protocol !== 'https:' && !(allow_http && url.protocol === 'http:'))
    return `must begin with ${allow_http ? 'https:// or http://' : 'https://'}`
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password'
  if (url.hash !== '') return 'must not have a part behind #'
  if (isIP(host) !== 0 && !mayConnect(host, allowed))
    return 'must not be an address of a private or special network'

  return undefined
}
