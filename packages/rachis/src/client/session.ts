import { networkError, isRachisError } from './errors'
import { exclusively } from './platform'
import type { Rest } from './rest'

/** Where the session is kept: `localStorage` fits, and so does what answers with promises. */
export interface SessionStorage {
  getItem(key: string): string | null | Promise<string | null>
  setItem(key: string, value: string): unknown
  removeItem(key: string): unknown
}
/** Who is signed in, and by what. `expires_at` is in milliseconds since 1970, by this machine's clock. */
export interface Session<User = SignedIn> {
  readonly user: User
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_at: number
}
/** What the server says of who signs in, besides the fields that the application declares. */
export interface SignedIn {
  readonly id: number
  readonly [field: string]: unknown
}
/** What the server answers to who signs in. */
export type Granted = Omit<Session, 'expires_at'> & { readonly expires_in: number }
type Listener = (session: Session | undefined) => void

const KEY = 'rachis:session'
/** Milliseconds before its end from which on a token is not used any more: a call takes time to arrive. */
const MARGIN = 5_000
/** A token is renewed by itself this long before its end, or after half of its life if that is shorter. */
const AHEAD = 60_000
/** The longest time that a timer takes. Longer ones fire at once. */
const LONGEST = 2 ** 31 - 1

/** Keeps in memory: a reload signs out, and no script of the page finds a token. */
export const memoryStorage = (): SessionStorage => {
  const items = new Map<string, string>()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key)
  }
}

export interface SessionOptions {
  readonly storage?: SessionStorage
}

/**
 * Signs in, renews the token before it ends, and signs out. All who need a fresh token at once share one renewal, tabs with a common storage as
 * well: a refresh token is good once.
 */
export class Sessions {
  private current?: Session
  private loading?: Promise<void>
  private renewing?: Promise<Session | undefined>
  private timer?: ReturnType<typeof setTimeout>
  private readonly listeners = new Set<Listener>()
  private readonly storage: SessionStorage

  constructor(
    private readonly rest: Rest,
    { storage = memoryStorage() }: SessionOptions
  ) {
    this.storage = storage
  }

  /** Who is signed in, as far as is known without asking anybody. */
  get session(): Session | undefined {
    return this.current
  }

  /** Reports each new session, and undefined for the end of one. @returns a function that stops it */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  async login(credentials: object): Promise<Session> {
    return this.grant(await this.rest.call<Granted>('auth', 'login', credentials))
  }

  async register(data: object): Promise<Session> {
    return this.grant(await this.rest.call<Granted>('auth', 'register', data))
  }

  adopt(granted: Granted): Promise<Session> {
    return this.grant(granted)
  }

  /** The session ends here in any case; that the server could not be told is no reason to stay signed in. */
  async logout(): Promise<void> {
    const session = this.current
    await this.end()
    if (!session) return
    await this.rest.call('auth', 'logout', {}, session.access_token).catch((error: unknown) => {
      if (!isRachisError(error, 'INVALID_TOKEN')) throw error
    })
  }

  /**
   * A token that is good for some seconds at least; undefined for anybody.
   *
   * @param refused a token that the server does not take, whatever the clock says
   * @throws {RachisError} where it had to be renewed and the server could not be reached
   */
  async token(refused?: string): Promise<string | undefined> {
    await (this.loading ??= this.load())
    const { current } = this
    if (!current) return undefined
    const isGood = current.access_token !== refused && current.expires_at - MARGIN > Date.now()

    return isGood ? current.access_token : (await this.renew(refused))?.access_token
  }

  stop() {
    clearTimeout(this.timer)
    this.listeners.clear()
  }

  /** Renews the token; undefined where the session is over. */
  renew(refused?: string): Promise<Session | undefined> {
    return (this.renewing ??= exclusively(KEY, () => this.renewOnce(refused)).finally(
      () => (this.renewing = undefined)
    ))
  }

  private async renewOnce(refused?: string): Promise<Session | undefined> {
    const before = this.current
    const stored = await this.stored()
    // Another tab was faster.
    if (
      stored &&
      stored.access_token !== (refused ?? before?.access_token) &&
      stored.expires_at - MARGIN > Date.now()
    )
      return this.accept(stored)
    if (!before) return undefined
    const { refresh_token } = stored ?? before
    try {
      const granted = await this.rest.call<Granted>('auth', 'refresh', { refresh_token })
      // Who has signed out meanwhile stays signed out.
      return this.current === before ? await this.grant(granted) : this.current
    } catch (error) {
      if (!isRachisError(error, 'INVALID_TOKEN')) throw error
      if (this.current === before) await this.end()
      return undefined
    }
  }

  private async load() {
    const stored = await this.stored()
    if (stored && !this.current) this.accept(stored)
  }

  private async stored(): Promise<Session | undefined> {
    const text = await this.storage.getItem(KEY)
    try {
      return text ? (JSON.parse(text) as Session) : undefined
    } catch {
      return undefined
    }
  }

  private async grant({ user, access_token, refresh_token, expires_in }: Granted): Promise<Session> {
    const session = { user, access_token, refresh_token, expires_at: Date.now() + expires_in * 1000 }
    await this.storage.setItem(KEY, JSON.stringify(session))

    return this.accept(session)
  }

  private accept(session: Session): Session {
    this.current = session
    this.loading = Promise.resolve()
    this.schedule(session)
    for (const listener of [...this.listeners]) listener(session)

    return session
  }

  private async end() {
    clearTimeout(this.timer)
    this.current = undefined
    this.loading = Promise.resolve()
    await this.storage.removeItem(KEY)
    for (const listener of [...this.listeners]) listener(undefined)
  }

  /** Where the server cannot be reached then, the next call renews. */
  private schedule({ expires_at }: Session) {
    clearTimeout(this.timer)
    const left = expires_at - Date.now()
    const delay = Math.max(left - AHEAD, left / 2, 0)
    this.timer = setTimeout(() => void this.renew().catch(networkError), Math.min(delay, LONGEST))
    // In Node a signed-in client does not keep the process alive.
    ;(this.timer as { unref?: () => void }).unref?.()
  }
}
