import { isIPv6 } from 'net'
import { grownCache } from './grown-cache'

/** Addresses whose network is remembered: each request of a caller asks for it several times. */
const MOST = 1000
/** Characters of an address: one with a zone may be of any length. */
const LONGEST = 50
const networks = grownCache<string>(MOST)

const firstHalf = (address: string): string => {
  const [head = '', tail] = address.toLowerCase().split('::')
  const [left, right] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean))
  const zeros = tail === undefined ? [] : Array<string>(8 - left!.length - right!.length).fill('0')

  return [...left!, ...zeros, ...right!].slice(0, 4).join(':')
}

/**
 * The network that an address counts for: 2⁶⁴ addresses of IPv6 are given to one customer. An address of IPv4, and what is no address, counts
 * for itself.
 *
 * @example networkOf('2001:db8:0:7::1') // '2001:db8:0:7'
 */
export const networkOf = (address: string): string => {
  // Without a colon it is none of IPv6, which costs less to see than the regular expressions of `isIPv6`.
  if (!address.includes(':')) return address
  const known = networks.get(address)
  if (known !== undefined) return known
  if (!isIPv6(address)) return address
  const network = firstHalf(address)
  if (address.length <= LONGEST) networks.set(address, network)

  return network
}
