import { decrypt, encrypt, secretsOf } from '../accounts/secrets'
import type { Application } from '../declare/declarations'
import { newSecret } from './signature'

/** A secret, and until when it is used beside a newer one, in milliseconds since 1970. */
interface Kept {
  readonly secret: string
  readonly until?: number
}
/** Whose secrets they are, and how they are kept. */
interface Sealed {
  readonly user_id: number
  readonly secrets: string
}

const PURPOSE = 'webhook secret'
/** Secrets that were replaced lately and still sign. */
const MOST_OLD = 3
const boundTo = (user_id: number) => `user ${user_id}`

const seal = (app: Application, user_id: number, kept: readonly Kept[]): string =>
  encrypt(secretsOf(app), PURPOSE, JSON.stringify(kept), boundTo(user_id))

const open = (app: Application, { user_id, secrets }: Sealed): readonly Kept[] =>
  JSON.parse(decrypt(secretsOf(app), PURPOSE, secrets, boundTo(user_id))) as Kept[]

/** Secrets that were kept under a key that is gone sign no more, and are in nobody's way who asks for a new one. */
const openKnown = (app: Application, sealed: Sealed): readonly Kept[] => {
  try {
    return open(app, sealed)
  } catch {
    return []
  }
}

const isInForce = ({ until = Infinity }: Kept) => until > Date.now()

/** A new secret, and the text that is kept of it: it has to sign, so it is encrypted and not a hash. */
export const firstSecret = (app: Application, user_id: number) => {
  const secret = newSecret()

  return { secret, secrets: seal(app, user_id, [{ secret }]) }
}

/** The same in place of the secret of now, which goes on signing for so many seconds; with 0 no older one signs any more. */
export const nextSecret = (app: Application, sealed: Sealed, overlap: number) => {
  const secret = newSecret()
  const until = Date.now() + overlap * 1000
  const old = overlap === 0 ? [] : openKnown(app, sealed).filter(isInForce).slice(0, MOST_OLD)
  const kept = old.map((one) => ({ until, ...one }))

  return { secret, secrets: seal(app, sealed.user_id, [{ secret }, ...kept]) }
}

/** The secrets that sign now, the newest first. */
export const secretsInForce = (app: Application, sealed: Sealed): string[] =>
  open(app, sealed)
    .filter(isInForce)
    .map(({ secret }) => secret)
