type Auth = Readonly<Record<string, unknown>>
type Provide = (send: (auth: Auth) => void) => void

/** The parts that are used of a client of Feathers with a socket of socket.io. */
interface FeathersClient {
  readonly io?: {
    auth?: Auth | Provide
    on(event: 'synced', listener: (told: { readonly position: string }) => void): unknown
  }
  get(name: 'authentication'): unknown
}

const provided = (given: Auth | Provide | undefined): Promise<Auth> =>
  typeof given === 'function' ? new Promise(given) : Promise.resolve(given ?? {})

/**
 * Has an official client of Feathers go on where it was when its socket comes back: it is sent what it missed, or `reset` of what it has to
 * find anew. Without it what happens while the connection is lost is not told.
 *
 * @throws {Error} where no socket was configured before
 * @example
 * const client = feathers().configure(socketio(io(url))).configure(authentication()).configure(resume())
 */
export const resume = () => (app: object) => {
  const client = app as FeathersClient
  const socket = client.io
  if (!socket) throw new Error('resume() follows configure(socketio(io(url))): there is no socket yet')
  const given = socket.auth
  let after: string | null = null
  socket.on('synced', ({ position }) => (after = position))
  socket.auth = (send) => {
    // A client that was signed in signs in again with its first message: what it missed is sent by the rights that it has then.
    const signs_in = after !== null && Boolean(client.get('authentication'))
    void provided(given).then((auth) => send({ ...auth, after, ...(signs_in ? { signs_in } : {}) }))
  }
}
