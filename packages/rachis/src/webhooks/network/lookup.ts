import type { LookupAddress } from 'dns'
import { Resolver } from 'dns/promises'
import type { BlockList, LookupFunction } from 'net'
import { mayConnect } from './addresses'

/** The host has an address that requests must not be sent to. It is not named: a private name server would be asked through this server. */
export class ForbiddenAddress extends Error {
  constructor() {
    super('The host leads to an address of a private or special network')
  }
}

/** All addresses of a name. Tests bring their own. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** Milliseconds that a name server is waited for, and how often it is asked. */
const ASKING = { timeout: 2000, tries: 2 }
/** RFC 6761, section 6.3: such names are this machine, and no name server is asked for them. */
const LOOPBACK = ['127.0.0.1', '::1']

/**
 * Asks name servers and no file. `dns.lookup` would hold one of the few threads of the process until they answer, which a user could have
 * theirs do slowly for many endpoints; passwords are hashed on the same threads.
 */
const askNameServers: Resolve = async (hostname) => {
  if (/(^|\.)localhost\.?$/i.test(hostname)) return LOOPBACK
  const resolver = new Resolver(ASKING)
  const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const [first] = answers
  if (found.length === 0 && first.status === 'rejected') throw first.reason as Error

  return found
}

const familyOf = (address: string): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })

/**
 * Resolves a name once for one connection, and refuses it where one of its addresses is forbidden. The connection is made to the addresses that
 * were checked, and the name is not asked again: a name that resolves to another address the next time (DNS rebinding) gains nothing.
 */
export const checkedLookup =
  (allowed: BlockList, resolve: Resolve = askNameServers): LookupFunction =>
  (hostname, { all }, callback) => {
    const answer = (addresses: readonly string[]) => {
      const [first] = addresses
      if (first === undefined || !addresses.every((address) => mayConnect(address, allowed)))
        return callback(new ForbiddenAddress(), [])
      if (all)
        callback(null, addresses.map(familyOf)) // prettier-ignore
      else callback(null, first, familyOf(first).family)
    }
    resolve(hostname).then(answer, (error: Error) => callback(error, []))
  }
