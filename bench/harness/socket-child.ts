import { setTimeout as pause } from 'timers/promises'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { serve } from './messages'

/** Who connects: the tokens of as many users, the first of whom writes. */
export interface Crowd {
  readonly url: string
  readonly tokens: readonly string[]
}
export interface Writes {
  /** The record that is written, again and again. */
  readonly url: string
  readonly token: string
  readonly count: number
  /** Milliseconds from the start of one write to the start of the next. */
  readonly every: number
}
export interface Received {
  readonly total: number
  /** Of these, what came to sockets other than the first. */
  readonly astray: number
}

const BATCH = 50
const EVENT = 'tasks patched'
const PATIENCE = 5000
/** Lost events after which it is of no use to go on. */
const LOST = 5
const sockets: Socket[] = []
let received = { total: 0, astray: 0 }

const connect = async (url: string, accessToken: string, isFirst: boolean): Promise<Socket> => {
  const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false })
  socket.onAny(() => {
    received.total++
    if (!isFirst) received.astray++
  })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject))
  const error = await new Promise((resolve) =>
    socket.emit('create', 'authentication', { strategy: 'jwt', accessToken }, resolve)
  )
  if (error) throw new Error(`Could not sign in on a socket: ${JSON.stringify(error)}`)

  return socket
}

/** Adds the next sockets of the crowd; answers how many there are now. */
const join = async ({ url, tokens }: Crowd): Promise<number> => {
  const next = tokens.slice(sockets.length, sockets.length + BATCH)
  const isFirst = (index: number) => sockets.length + index === 0
  sockets.push(...(await Promise.all(next.map((token, index) => connect(url, token, isFirst(index))))))

  return sockets.length
}

/** Resolves with the next event at the first socket, or with false where none comes; at once where nobody is connected. */
const nextEvent = (): Promise<boolean> =>
  sockets[0]
    ? new Promise((resolve) => {
        const done = (isThere: boolean) => {
          clearTimeout(timer)
          sockets[0]!.off(EVENT, come)
          resolve(isThere)
        }
        const come = () => done(true)
        const timer = setTimeout(() => done(false), PATIENCE)
        sockets[0]!.once(EVENT, come)
      })
    : Promise.resolve(true)

const patch = async ({ url, token }: Writes, title: string) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'PATCH', headers, body: JSON.stringify({ title }) })
  if (!response.ok) throw new Error(`The write was answered ${response.status}: ${await response.text()}`)
  await response.arrayBuffer()
}

/** One write after the other, each with its event; answers the milliseconds from the request to the event. */
const write = async (writes: Writes): Promise<number[]> => {
  const latencies: number[] = []
  let lost = 0
  for (let number = 0; number < writes.count; number++) {
    const start = performance.now()
    const event = nextEvent().then((isThere) => {
      if (isThere) latencies.push(performance.now() - start)
      else if (++lost > LOST) throw new Error(`${lost} of ${number + 1} writes were followed by no event`)
    })
    await Promise.all([patch(writes, `Title ${number}`), event])
    await pause(Math.max(0, writes.every - (performance.now() - start)))
  }

  return latencies
}

const takeReceived = (): Received => {
  const taken = received
  received = { total: 0, astray: 0 }

  return taken
}

serve({ join, write, received: takeReceived, stop: () => process.exit() })
