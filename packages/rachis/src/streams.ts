import type { IncomingMessage } from 'http'
import type { Principal } from './declare/declarations'
import type { ConnectionRegistry, Connection, Endpoint } from './sockets/connection-registry'
import type { FeathersConnection } from './sockets/feathers-connection'
import type { SocketBounds } from './sockets/socket-bounds'
import type { Feed } from './feed/feed'
import type { Realtime } from './feed/consumers/realtime'
import type { Rights } from './feed/consumers/rights'
import type { Resume } from './feed/resume'
import { formatToken, parseToken } from './feed/resume-token'
import type { Matcher, OpenStream, Stream, StreamEndpoint } from './feed/stream'
import type { Filter } from './feed/subscriber'
import type { Audience } from './rules/audience'
import { rightsMark } from './rules/rights-mark'

interface StreamsOptions {
  readonly feed: Feed
  readonly members: ConnectionRegistry
  readonly realtime: Realtime
  readonly rights: Rights
  readonly resume: Resume
  /** Id of the change up to which real time has consumed the feed. */
  readonly position: () => number
  readonly onError: (error: unknown) => void
}

interface Admission {
  readonly bounds: SocketBounds
  readonly members: ConnectionRegistry
}

/**
 * Counts a stream as a connection among the sockets.
 *
 * @returns what counts it as gone
 * @throws TOO_MANY_REQUESTS where its address or its user has too many open, or too many are open that are not signed in
 */
export const admitStream = (
  request: IncomingMessage,
  connection: { readonly user?: Principal },
  { bounds, members }: Admission
): (() => void) => {
  const { user } = connection
  const leave = bounds.open(request)
  try {
    const refusal = bounds.refusalOf(request, user !== undefined, members.signedIn)
    if (refusal) throw refusal
    if (user) members.admit(connection, user.id)
  } catch (error) {
    leave()
    throw error
  }

  return leave
}

/** The filter of a subscription is compiled again whenever the rights of its subscriber have changed. */
const filterBy = (matcher: Matcher, member: () => Connection): Filter => {
  let known: { readonly audience: Audience; readonly matches: Filter } | undefined

  return (record) => {
    const { audience, user } = member()
    if (known?.audience !== audience) known = { audience, matches: matcher(user) }

    return known.matches(record)
  }
}

/** The endpoint of a stream in the form that real time takes; `member` is known once it has joined. */
const endpointOf = ({ asks, ...endpoint }: StreamEndpoint, member: () => Connection): Endpoint => ({
  ...endpoint,
  ...(asks ? { filters: new Map([...asks].map(([name, one]) => [name, filterBy(one, member)])) } : {})
})

/**
 * Opens streams of events: connections that give their client tokens of its position, and go on from such a token.
 *
 * @example open(connection, endpoint, request.headers['last-event-id']).token(1234) // '1.5-16402-16402.1234.q83v…'
 */
export const streams = (options: StreamsOptions): OpenStream => {
  const { feed, members, realtime, rights, resume, position, onError } = options

  const catchUp = async (member: Connection, after: string) => {
    const until = realtime.holdForReplay(member, position())
    try {
      await resume.replay(member, parseToken(after), until)
      await rights.release([member])
    } catch (error) {
      // The client comes back with the token that it has.
      member.close()
      onError(error)
    }
  }

  return (connection, endpoint, after): Stream => {
    const current = connection as FeathersConnection
    const own: Endpoint = endpointOf(endpoint, () => member)
    const member: Connection = after === undefined ? members.join(current, own) : members.add(current, own)
    const isHeld = () => realtime.held(member) !== undefined
    const told = () => realtime.toldBy(position())
    const token = (id: number) =>
      formatToken({ epoch: feed.epoch, id: Math.min(id, told()), rights: rightsMark(member.audience) })
    // A text that is no token is told to be none by resets, and not repeated.
    const begun = after !== undefined && parseToken(after) ? after : token(told())
    const caughtUp = after === undefined ? Promise.resolve() : catchUp(member, after)

    return {
      begun,
      token,
      synced: () => (isHeld() ? undefined : token(told())),
      caughtUp,
      leave: () => members.leave(current)
    }
  }
}
