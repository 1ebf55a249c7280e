import type { Audience } from '../../compilers/audience'
import type { Model } from '../../compilers/model'
import type { User } from '../../compilers/policy'
import { sightOf } from '../../compilers/scopes'
import type { Database, Row } from '../../compilers/service'
import type { Target } from '../../compilers/statements'
import { selectCompared } from '../../compilers/statements'
import type { Change } from '../change'
import type { Emit, Realtime, Subscriber } from './realtime'
import type { Affected } from './sessions'
import { credentialOf } from './sessions'

/** Beyond this many records a client fetches anew faster than it is told one by one. */
const MAX_DIFFERENCE = 1000

/** A connection with the user that it stands for. */
export interface Member extends Subscriber {
  user: User
}
export interface RightsOptions {
  readonly models: readonly Model[]
  readonly targets: ReadonlyMap<string, Target>
  readonly database: Database
  readonly realtime: Realtime
  readonly emit: Emit
  readonly position: () => number
  readonly audienceOf: (user: User) => Audience
  readonly affected: Affected
  readonly sockets: {
    /** The connections that are signed in as this user, in this session or by this key. */
    readonly concerned: (record: string) => readonly Member[]
    /** Whom the connection stands for now; the connection is told so, too. */
    readonly identify: (member: Member) => Promise<User>
    readonly isConnected: (member: Member) => boolean
    /** Ends the connection in a way that its client comes back from. */
    readonly cut: (member: Member) => void
  }
  readonly onError: (error: unknown) => void
}
interface Sight {
  readonly user: User
  readonly audience: Audience
}
type Told = readonly [event: string, rows: readonly Row[]]

/** Looks at users and sessions that changed, and at what that means for the connections that are signed in as them. */
export const rightsConsumer = (options: RightsOptions) => async (changes: readonly Change[]) => {
  for (const change of changes) {
    for (const member of membersOf(options, change)) await reconsiderOrCut(options, member)
  }
}

const membersOf = ({ affected, sockets: { concerned } }: RightsOptions, change: Change): Member[] => [
  ...concerned(credentialOf(change) ?? ''),
  ...affected(change).flatMap((id) => concerned(`users/${id}`))
]

/**
 * Asks anew whom a connection stands for, and tells it what that changed. Also right after signing in: a change of the user that
 * was committed between the reading of the user and the joining of the connection concerned nobody when the feed told of it.
 */
const reconsider = async (options: RightsOptions, member: Member): Promise<void> => {
  const from = { user: member.user, audience: member.audience }
  const user = await options.sockets.identify(member)
  if (!options.sockets.isConnected(member)) return
  // Whoever signed in anew while this was asked has another audience by now, and the answer is about a former user.
  if (member.audience !== from.audience) return reconsider(options, member)
  const to = { user, audience: options.audienceOf(user) }
  member.user = user
  if (sameAudience(from.audience, to.audience)) return
  const settle = options.realtime.change(member, to.audience)
  // Asked last: a record that leaves sight while the difference is read is in none of its lists, and left to its own change.
  await tell(options, member, from, to).finally(async () => settle(await lastPosition(options)))
}

/** Keys say which clauses of the rules hold and for which values, so the same keys see the same records. */
const sameAudience = (a: Audience, b: Audience): boolean =>
  a.keys.join() === b.keys.join() &&
  a.columns.size === b.columns.size &&
  [...a.columns].every(([name, columns]) => b.columns.get(name) === columns)

/** A connection whose rights cannot be found out, as when the database has gone, must not keep the old ones, nor lose them unheard. */
export const reconsiderOrCut = (options: RightsOptions, member: Member): Promise<void> =>
  reconsider(options, member).catch((error: unknown) => {
    options.sockets.cut(member)
    options.onError(error)
  })

const lastPosition = async ({ database }: RightsOptions): Promise<number> => {
  const [row] = await database.query({
    text: 'select coalesce(max(id), 0) as position from changes',
    values: []
  })

  return Number(row!.position)
}

/**
 * Tells a connection what a change of its user's rights changed in what it may see: `removed` for what it lost, `created` for
 * what it gained, `patched` where it now sees other columns, and `reset` where that is too much to tell.
 */
const tell = async (options: RightsOptions, subscriber: Subscriber, from: Sight, to: Sight) => {
  const { models, emit } = options
  const meta = { position: options.position() }
  for (const model of models.filter(({ name }) => from.audience.columns.has(name))) {
    const told = await difference(options, model, from, to)
    // Who signs in again fetches anew what he then sees: he must not be told of it that it is gone.
    if (subscriber.audience !== to.audience) return
    for (const [event, rows] of told) {
      for (const data of rows) emit([subscriber.id], `${model.path} ${event}`, data, meta)
    }
  }
}

const pick = (rows: readonly Row[], columns: readonly string[]): Row[] =>
  rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? null])))

const difference = async (
  { database, targets }: RightsOptions,
  model: Model,
  from: Sight,
  to: Sight
): Promise<Told[]> => {
  const [before, after] = [sightOf(model, from.user), sightOf(model, to.user)]
  const columns = to.audience.columns.get(model.name) ?? []
  const sameColumns = columns === from.audience.columns.get(model.name)
  if (JSON.stringify(before) === JSON.stringify(after) && sameColumns) return []
  const rows = (finds: typeof before, other: typeof before, both: boolean) =>
    finds === false
      ? Promise.resolve([])
      : database.query(selectCompared(targets.get(model.name)!, finds, other, both, MAX_DIFFERENCE + 1))
  const lost = await rows(before, after, false)
  const gained = await rows(after, before, false)
  const kept = sameColumns ? [] : await rows(after, before, true)
  if ([lost, gained, kept].some(({ length }) => length > MAX_DIFFERENCE)) return [['reset', [{}]]]

  // What is lost may have been changed since it was last seen: its id is all that may still be told.
  return [['removed', lost.map(({ id }) => ({ id }))], ['created', pick(gained, columns)], ['patched', pick(kept, columns)]] // prettier-ignore
}
