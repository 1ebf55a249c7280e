import { setTimeout } from 'timers/promises'
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

/** Milliseconds in which a server says what it is. */
const PATIENCE = 3000
/** Milliseconds for which a server that answers waits for those in front of it. */
const HEAD_START = 250
const NONE = 'it is none'
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

/** One of several servers. */
class Host<C extends ClientConfig> {
  /** Why it gave no answer when it was asked last: nobody waits for it until it gives one. */
  silence?: string

  constructor(
    readonly config: C,
    private readonly wanted: WantedServer
  ) {}

  /** Resolves with the host where it is what is wanted. @throws {Error} where it is not, or gives no answer */
  async ask(): Promise<this> {
    const isUsable = await isWanted(this.config, this.wanted).catch((error: Error) => {
      this.silence = error.message
      throw error
    })
    this.silence = undefined
    if (isUsable) return this
    throw new Error(NONE)
  }
}

/** The first of these, in their order, that resolves; undefined where none does. */
const firstInOrder = async <T>(asked: readonly Promise<T>[]): Promise<T | undefined> => {
  const answers = asked.map((one) => one.catch(() => undefined))
  for (const answer of answers) {
    const found = await answer
    if (found !== undefined) return found
  }

  return undefined
}

/** Chooses of several servers the one that is what is wanted now, and notices by itself when another one is. */
export class HostChoice<C extends ClientConfig> {
  private readonly hosts: readonly Host<C>[]
  private chosen?: Host<C>
  private chosenAt = -Infinity
  private asking?: Promise<Host<C>>

  constructor(
    private readonly options: {
      readonly configs: readonly C[]
      readonly wanted: WantedServer
      /** Called when another server than before was chosen: connections to that one are not to be used any more. */
      readonly onMoved: () => void
    }
  ) {
    this.hosts = options.configs.map((config) => new Host(config, options.wanted))
  }

  /** @throws {DatabaseUnavailable} where none of them is what is wanted */
  async current(): Promise<C> {
    if (this.chosen && performance.now() - this.chosenAt < FRESH) return this.chosen.config
    const { config } = await (this.asking ??= this.choose().finally(() => (this.asking = undefined)))

    return config
  }

  private async choose(): Promise<Host<C>> {
    const found = await this.find()
    if (this.chosen && found !== this.chosen) this.options.onMoved()
    this.chosen = found
    this.chosenAt = performance.now()

    return found
  }

  /**
   * All are asked at once. The one that was used last is taken where it still is what is wanted, else the first that is. One that is slow
   * to answer is overtaken by the others after its head start, and then waited for no longer where it has been silent before.
   */
  private async find(): Promise<Host<C>> {
    const hosts = [...this.hosts].sort((a, b) => Number(b === this.chosen) - Number(a === this.chosen))
    const asked = hosts.map((host) => host.ask())
    const headStart = setTimeout(HEAD_START, undefined, { ref: false })
    const first = await Promise.race([firstInOrder(asked), headStart])
    if (first) return first

    return Promise.any(asked.filter((_, index) => hosts[index]!.silence === undefined)).catch(() => {
      throw this.refusal()
    })
  }

  private refusal(): DatabaseUnavailable {
    const reasons = this.hosts.map(({ silence = NONE }) => silence)

    return new DatabaseUnavailable(
      `None of the ${reasons.length} hosts is a ${this.options.wanted} now (${reasons.join('; ')})`
    )
  }
}
