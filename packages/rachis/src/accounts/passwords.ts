import { randomUUID } from 'crypto'
import { availableParallelism } from 'os'
import * as argon2 from '@node-rs/argon2'
import bcrypt from 'bcrypt'
import type { Settings } from '../declare/declarations'
import type { Application } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import type { ErrorDetail } from '../errors/errors'
import { FairQueue } from '../util/fair-queue'
import { networkOf } from '../util/network'
import { isWellKnown } from './well-known'

type PasswordSettings = Settings['auth']['passwords'] & Pick<Settings['auth'], 'bcrypt_cost'>
interface Kind {
  owns(hash: string): boolean
  hash(password: string): Promise<string>
  verify(password: string, hash: string): Promise<boolean>
  /** Whether a hash of this kind is at least as strong as the settings ask. */
  isStrong(hash: string): boolean
  /** What is longer it would not read. */
  readonly maxBytes: number
}

const BCRYPT = /^\$2[aby]\$(\d\d)\$.{53}$/
const ARGON2 = /^\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[\w+/]{11,}\$[\w+/]{11,}$/

/**
 * PHP and Apache write `$2y$` for what everybody else calls `$2b$`; bcrypt's library answers false for that name.
 *
 * @see https://www.openwall.com/lists/announce/2011/07/17/1
 */
const withKnownName = (hash: string) => hash.replace(/^\$2y/, '$2b')

const bcryptOf = ({ bcrypt_cost: cost }: PasswordSettings): Kind => ({
  owns: (hash) => BCRYPT.test(hash),
  hash: (password) => bcrypt.hash(password, cost),
  verify: (password, hash) => bcrypt.compare(password, withKnownName(hash)),
  isStrong: (hash) => Number(BCRYPT.exec(hash)?.[1]) >= cost,
  maxBytes: 72
})

const argon2Of = ({ argon2_memory, argon2_passes }: PasswordSettings): Kind => ({
  owns: (hash) => ARGON2.test(hash),
  hash: (password) => argon2.hash(password, { memoryCost: argon2_memory, timeCost: argon2_passes }),
  verify: (password, hash) => argon2.verify(hash, password),
  isStrong(hash) {
    const { memoryCost, timeCost } = argon2.parseOptions(hash)
    return memoryCost >= argon2_memory && timeCost >= argon2_passes
  },
  maxBytes: 4096
})

/** Two spellings of a character are one password: NIST SP 800-63B, section 3.1.1.2. */
const plain = (password: string) => password.normalize('NFKC')
const nameOf = (text: string) => plain(text).trim().toLowerCase()

/** The queue in which passwords are hashed and compared, so many at once, in turns by address. */
export const hashQueue = ({ threads, queue }: Pick<PasswordSettings, 'threads' | 'queue'>): FairQueue =>
  new FairQueue({
    // One processor is left to everything else, and one of the four threads of libuv to files and names.
    capacity: threads || Math.min(3, Math.max(1, availableParallelism() - 1)),
    queue,
    refusal: () =>
      new ApiError('UNAVAILABLE', {
        message: 'Too many passwords are being checked at once',
        headers: { 'Retry-After': '5' }
      })
  })

/**
 * How passwords are judged, kept and compared: by bcrypt or argon2id, in threads, and in turns, so that a flood of log-ins leaves
 * the processor to other requests.
 *
 * @example
 * const passwords = new Passwords(app.get('auth'))
 * await passwords.verify(password, await passwords.hash(password)) // true
 */
export class Passwords {
  private readonly queue: FairQueue
  private readonly kinds: readonly Kind[]
  private readonly current: Kind
  private decoy?: Promise<string>

  constructor(private readonly settings: PasswordSettings) {
    const kinds = { bcrypt: bcryptOf(settings), argon2id: argon2Of(settings) }
    this.kinds = Object.values(kinds)
    this.current = kinds[settings.hash]
    this.queue = hashQueue(settings)
  }

  /**
   * @param address where the call came from: those who wait take turns by it
   * @throws {ApiError} UNAVAILABLE where too many wait already
   */
  hash(password: string, address = ''): Promise<string> {
    return this.queue.run(() => this.current.hash(plain(password)), networkOf(address))
  }

  /**
   * What is wrong with a password that somebody chooses; `own` are their email and names.
   *
   * @example await passwords.problems('password', 'letmein123', []) // [{ field: 'password', rule: 'well_known', … }]
   */
  async problems(field: string, password: string, own: readonly string[]): Promise<ErrorDetail[]> {
    const { min_length } = this.settings
    const { maxBytes } = this.current
    const text = plain(password)
    const names = own.flatMap((name) => [nameOf(name), nameOf(name.split('@')[0]!)])
    if ([...text].length < min_length)
      return [{ field, message: `must have at least ${min_length} characters`, rule: 'minLength', expected: min_length }] // prettier-ignore
    if (Buffer.byteLength(text) > maxBytes)
      return [{ field, message: `must have at most ${maxBytes} bytes`, rule: 'maxLength', expected: maxBytes }] // prettier-ignore
    if (names.includes(nameOf(text)))
      return [{ field, message: 'must not be your email or your name', rule: 'own' }]
    if (await isWellKnown(text)) return [{ field, message: 'is one of the most used passwords', rule: 'well_known' }] // prettier-ignore

    return []
  }

  /** Whether it is the one; in the same time where there is none to compare it with. */
  async verify(password: string, stored: string | null | undefined, address = ''): Promise<boolean> {
    const text = plain(password)
    const found = stored ? this.kinds.find((kind) => kind.owns(stored)) : undefined
    const kind = found ?? this.current
    // Random: who has no password, as one who signs in elsewhere, must not have a known one.
    const decoy = await (this.decoy ??= this.current.hash(randomUUID()))
    const isShort = Buffer.byteLength(text) <= kind.maxBytes
    const isRight = await this.queue.run(
      () => kind.verify(isShort ? text : '', found ? stored! : decoy),
      networkOf(address)
    )

    return isRight && isShort && found !== undefined
  }

  /** Whether a stored hash is of another kind, or weaker, than new ones are. */
  isWeak(stored: string): boolean {
    return !this.current.owns(stored) || !this.current.isStrong(stored)
  }
}

/** Those of an application, by its settings; afterwards `app.get('passwords')`. */
export const passwordsOf = (app: Application): Passwords => {
  const passwords = new Passwords({ ...app.get('auth'), ...app.get('auth').passwords })
  app.set('passwords', passwords)

  return passwords
}

declare module '../declare/declarations' {
  interface Configuration {
    passwords: Passwords
  }
}
