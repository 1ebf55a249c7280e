import type { IncomingMessage } from 'http'
import type { Principal } from './declare/declarations'
import type { ConnectionRegistry, Connection, Endpoint } from './sockets/connection-registry'
import type { FeathersConnection } from './sockets/feathers-connection'
import type { SocketBounds } from './sockets/socket-bounds'
import type { Resume } from './feed/resume'
import { Asking } from './feed/asking'
import type { Feed } from './feed/feed'
import type { Realtime } from './feed/consumers/realtime'
import { parseToken } from './feed/resume-token'
import type { OpenStream, Stream, StreamEndpoint } from './feed/stream'
import type { Packet, Subscriber } from './feed/subscriber'
import { subscribe, subscribeAfter } from './feed/subscribing'
import type { Follower } from './feed/synced'
import { Synced } from './feed/synced'
import type { User } from './rules/policy'
import { versionedPackets } from './feed/versioned-packets'
import type { Model } from './model/model'

interface StreamsOptions {
  readonly models: readonly Model[]
  readonly feed: Feed
  readonly realtime: Realtime
  readonly members: ConnectionRegistry
  readonly resume: Resume
  /** Id of the change up to which real time has consumed the feed. */
  readonly position: () => number
  readonly onError: (error: unknown) => void
}

/** Milliseconds that a client which signs in with its first messages has for that: it may have to renew its token first. */
const SIGN_IN = 5_000

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

const askingOf = ({ asks }: StreamEndpoint, user: User): Asking | undefined =>
  asks && Asking.of(asks.asked, user, asks.others)

/** The endpoint of a stream in the form that real time takes. */
const endpointOf = (endpoint: StreamEndpoint, { user }: FeathersConnection): Endpoint => ({
  ...endpoint,
  asks: askingOf(endpoint, user ?? null)
})

interface Parts extends StreamsOptions {
  readonly synced: Synced
  readonly follower: Follower
  /** Has it keep a place from now on. */
  readonly keepPlace: () => void
}

/** Resolves once a connection has signed in, or does not within the time. Until then it has not joined, and is sent nothing. */
const signedIn = (member: Connection): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer)
      member.onSignIn = undefined
      resolve()
    }
    const timer = setTimeout(go, SIGN_IN).unref()
    member.onSignIn = go
  })

const subscriptionsOf = (
  member: Connection,
  { feed, members, realtime, resume, synced, follower, keepPlace }: Parts
): Pick<Stream, 'subscriptions' | 'subscribe' | 'subscribeAfter' | 'unsubscribe'> => {
  const isConnected = (subscriber: Subscriber) => members.isConnected(subscriber)
  const options = { realtime, resume, settled: () => feed.cursor, isConnected }
  const asking = () => {
    keepPlace()
    member.asks ??= new Asking(true)
    return member as Connection & { asks: Asking }
  }

  return {
    subscriptions: () => member.asks?.size ?? 0,
    subscribe: (asked, find, answer) => subscribe(options, asking(), asked, { find, answer }),
    async subscribeAfter(asked, after, answer) {
      follower.resuming++
      try {
        return await subscribeAfter(options, asking(), asked, { after, answer })
      } finally {
        follower.resuming--
        synced.note(follower)
      }
    },
    unsubscribe(name) {
      if (member.asks?.delete(name) && realtime.isJoined(member)) realtime.join(member)
    }
  }
}

const syncedOf = ({ feed, realtime, resume, position }: StreamsOptions): Synced => {
  const isUpToDate = () => feed.isDrained && realtime.toldBy(position()) >= feed.cursor
  const synced = new Synced({ isUpToDate, tokenOf: (member) => resume.synced(member) })
  feed.on('position', () => synced.tell())

  return synced
}

interface Beginning {
  readonly after?: string
  readonly signsIn?: boolean
}

/** Sends a connection what it has missed, as whoever it is then. */
const goOn = async (
  { members, resume }: StreamsOptions,
  member: Connection,
  { after, signsIn = false }: Beginning
): Promise<void> => {
  if (after === undefined) return
  if (signsIn && !member.user) await signedIn(member)
  if (members.isConnected(member)) await resume.begin(member, after)
}

/** How a connection is sent packets. Most keep no place and speak the present version: nothing stands between the feed and their transport. */
const sendersOf = (
  { send }: Pick<StreamEndpoint, 'send'>,
  inVersion: ((packet: Packet) => Packet) | undefined,
  note: () => void
) => {
  const plainly = inVersion ? (packet: Packet) => send(inVersion(packet)) : send
  const keeping = (packet: Packet) => {
    note()
    plainly(packet)
  }

  return { plainly, keeping }
}

/**
 * Opens streams of events: connections that give their client tokens of its position, and go on from such a token.
 *
 * @example open(connection, endpoint, request.headers['last-event-id']).token(1234) // '1.5-16402-16402.1234.q83v…'
 */
export const streams = (options: StreamsOptions): OpenStream => {
  const { members, resume, onError } = options
  const synced = syncedOf(options)
  const packetsIn = versionedPackets(options.models)

  return (connection, endpoint, after): Stream => {
    const current = connection as FeathersConnection
    const own = endpointOf(endpoint, current)
    const inVersion = current.version === undefined ? undefined : packetsIn(current.version)
    const sends = sendersOf(endpoint, inVersion, () => {
      const changing = resume.changing(member)
      synced.sending(follower, changing, token)
      if (changing || endpoint.keepsPlace !== 'by-ids') synced.note(follower)
    })
    const whole = { ...own, send: endpoint.keepsPlace ? sends.keeping : sends.plainly }
    const member: Connection =
      after === undefined ? members.join(current, whole) : members.add(current, whole)
    const follower: Follower = { member, resuming: 0 }
    const keepPlace = () => void (member.send = sends.keeping)
    const token = (id?: number) => resume.tokenOf(member, id)
    const begun = after === undefined ? token() : parseToken(after) && after
    const caughtUp = goOn(options, member, { after, signsIn: endpoint.signsIn }).catch(onError)
    if (endpoint.keepsPlace === 'by-synced') void caughtUp.then(() => synced.note(follower))

    return {
      begun,
      token,
      synced: () => resume.synced(member),
      caughtUp,
      pause: () => resume.pause(member),
      goOn: () => resume.goOn(member).catch(onError),
      ...subscriptionsOf(member, { ...options, synced, follower, keepPlace }),
      leave() {
        synced.leave(follower)
        members.leave(current)
      }
    }
  }
}
