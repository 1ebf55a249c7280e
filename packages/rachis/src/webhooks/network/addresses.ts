import { BlockList, isIP } from 'net'

/**
 * IPv4 networks that are no place of the public internet: the IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast, and the
 * address at which Azure answers virtual machines about themselves. Other clouds do so within 169.254.0.0/16, 100.64.0.0/10 and
 * 192.0.0.0/24.
 */
const SPECIAL_IPV4 = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24',
  '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24',
  '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4', '168.63.129.16/32'
] // prettier-ignore

/**
 * All that is given out of IPv6 for the public internet. Loopback, mapped IPv4 (`::ffff:10.0.0.1`), NAT64 (`64:ff9b::/96`), private (`fc00::/7`),
 * link-local and multicast addresses are outside of it.
 */
const GLOBAL_IPV6 = ['2000::/3']

/** What is special within that, by the IANA IPv6 Special-Purpose Address Registry: Teredo, 6to4 and their like lead to IPv4 addresses. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/**
 * A list of networks.
 *
 * @param networks in CIDR notation, such as `10.0.0.0/8`, `fd00::/8`, or single addresses
 * @throws {Error} for what is none
 */
export const networkList = (networks: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = familyOf(address)
    list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family)
  }

  return list
}

const specialIPv4 = networkList(SPECIAL_IPV4)
const globalIPv6 = networkList(GLOBAL_IPV6)
const specialIPv6 = networkList(SPECIAL_IPV6)

const isPublic = (address: string): boolean => {
  if (isIP(address) === 4) return !specialIPv4.check(address)

  return isIP(address) === 6 && globalIPv6.check(address, 'ipv6') && !specialIPv6.check(address, 'ipv6')
}

/**
 * Whether requests may be sent to an address: one of the public internet, or of a network that the configuration allows.
 *
 * @example mayConnect('169.254.169.254', networkList([])) // false
 */
export const mayConnect = (address: string, allowed: BlockList): boolean =>
  isPublic(address) || (isIP(address) !== 0 && allowed.check(address, familyOf(address)))

const problemOf = (network: string): string[] => {
  try {
    networkList([network])
    return []
  } catch {
    return [`webhooks.allowed_networks has ${network}, which is no network: write one such as 10.0.0.0/8`]
  }
}

/** What is wrong with networks of the configuration. */
export const networkProblems = (networks: readonly string[]): string[] => networks.flatMap(problemOf)
