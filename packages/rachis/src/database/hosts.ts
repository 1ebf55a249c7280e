import { Client } from 'pg'
import type { ClientConfig } from 'pg'
import { DatabaseUnavailable } from './connection-problem'

/** What a server of several has to be to be used: one that takes writes, or one that follows another. */
export type WantedServer = 'primary' | 'standby'

/** The values of libpq's `target_session_attrs` that say so. */
const ATTRIBUTES: Readonly<Record<string, WantedServer>> = {
  'read-write': 'primary',
  primary: 'primary',
  'read-only': 'standby',
  standby: 'standby',
  'prefer-standby': 'standby'
}
const ATTRIBUTE = 'target_session_attrs'
const AUTHORITY = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/

const wantedOf = (rest: string, variable: string, otherwise: WantedServer): WantedServer => {
  const asked = new URLSearchParams(rest.split('?')[1]).get(ATTRIBUTE)
  if (asked === null) return otherwise
  const wanted = ATTRIBUTES[asked]
  if (wanted) return wanted
  throw new Error(
    `${variable} says ${ATTRIBUTE}=${asked}: it can be ${Object.keys(ATTRIBUTES).join(', ')}, and is ${otherwise} where it is left out`
  )
}

const withoutAttribute = (rest: string): string => {
  const [path = '', query = ''] = rest.split('?')
  const parameters = new URLSearchParams(query)
  parameters.delete(ATTRIBUTE)

  return parameters.size > 0 ? `${path}?${parameters.toString()}` : path
}

export interface Hosts {
  /** One connection string for each. */
  readonly urls: readonly string[]
  /** Undefined where there is one host, and it is used whatever it is. */
  readonly wanted?: WantedServer
}

/**
 * Reads a connection string of several hosts, as libpq has them.
 *
 * @example hostsOf('postgres://app@a:5432,b:5433/app?target_session_attrs=read-write', 'DATABASE_URL', 'primary')
 * // { urls: ['postgres://app@a:5432/app', 'postgres://app@b:5433/app'], wanted: 'primary' }
 * @throws {Error} where `target_session_attrs` has a value that is of no use here
 */
export const hostsOf = (url: string, variable: string, otherwise: WantedServer): Hosts => {
  const [, before, hosts = '', rest = ''] = AUTHORITY.exec(url) ?? []
  const isAsked = rest.includes(`${ATTRIBUTE}=`)
  if (before === undefined || !(hosts.includes(',') || isAsked)) return { urls: [url] }
  const wanted = wantedOf(rest, variable, otherwise)

  return { urls: hosts.split(',').map((host) => before + host + withoutAttribute(rest)), wanted }
}

/** Milliseconds in which a server says what it is: whoever asked for a connection waits for it. */
const PATIENCE = 3000
/** Milliseconds for which the answer holds, for connections that are opened at once. */
const FRESH = 1000

const isWanted = async (config: ClientConfig, wanted: WantedServer): Promise<boolean> => {
  const client = new Client({ ...config, connectionTimeoutMillis: PATIENCE, query_timeout: PATIENCE })
  // What ends it while it asks is told by the query.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ standby: boolean }>('select pg_catalog.pg_is_in_recovery() as standby') // prettier-ignore

    return rows[0]!.standby === (wanted === 'standby')
  } finally {
    void client.end().catch(() => undefined)
  }
}

/** Chooses of several servers the one that is what is wanted now, and notices by itself when another one is. */
export class HostChoice<C extends ClientConfig> {
  private chosen?: C
  private chosenAt = -Infinity
  private asking?: Promise<C>

  constructor(
    private readonly options: {
      readonly configs: readonly C[]
      readonly wanted: WantedServer
      /** Called when another server than before was chosen: connections to that one are not to be used any more. */
      readonly onMoved: () => void
    }
  ) {}

  /** @throws {DatabaseUnavailable} where none of them is what is wanted */
  current(): Promise<C> {
    if (this.chosen && performance.now() - this.chosenAt < FRESH) return Promise.resolve(this.chosen)

    return (this.asking ??= this.choose().finally(() => (this.asking = undefined)))
  }

  /** The one that was used last is taken where it still is what is wanted, else the first that is. */
  private async choose(): Promise<C> {
    const { configs, wanted, onMoved } = this.options
    const found = await Promise.allSettled(configs.map((config) => isWanted(config, wanted)))
    const usable = configs.filter((_, index) => {
      const answer = found[index]!
      return answer.status === 'fulfilled' && answer.value
    })
    const chosen = usable.find((config) => config === this.chosen) ?? usable[0]
    if (!chosen) throw this.refusal(found)
    if (this.chosen && chosen !== this.chosen) onMoved()
    this.chosen = chosen
    this.chosenAt = performance.now()

    return chosen
  }

  private refusal(found: readonly PromiseSettledResult<boolean>[]): DatabaseUnavailable {
    const reasons = found.map((one) =>
      one.status === 'rejected' ? String((one.reason as Error).message) : 'it is none'
    )

    return new DatabaseUnavailable(
      `None of the ${found.length} hosts is a ${this.options.wanted} now (${reasons.join('; ')})`
    )
  }
}
