import type { ServerResponse } from 'http'
import type { Socket } from 'net'
import { CallQueue } from '../util/call-queue'

/** Each answer waits for those before it, so more at once would only have more of them wait for a client that does not read. */
const BOUNDS = { atOnce: 4, perTurn: 4, waiting: 10_000, bytes: Infinity }
/** Requests that wait before nothing more is read of a connection, and before it is read on. */
const HIGH = 20
const LOW = 5

/**
 * The requests of one connection that have arrived and are not answered. A few are handled at once, in their order, and others have their
 * turn in between: Node hands on all requests of a chunk of 64 KB at once, and 2,000 of them would hold every other client up for seconds.
 * While some wait, nothing more is read of the connection; its client loses nothing.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2
 */
export class Pipeline {
  /** In the order of their requests. */
  readonly unanswered = new Set<ServerResponse>()
  private readonly queue = new CallQueue(BOUNDS)
  private isHeld = false

  constructor(readonly socket: Socket) {
    const resume = socket.resume.bind(socket)
    // Node reads on by itself for each body and each answer.
    socket.resume = () => (this.isHeld ? socket : resume())
    // Of a connection that is gone Node closes no answer but the current one.
    socket.once('close', () => {
      this.queue.clear()
      this.unanswered.clear()
    })
  }

  /** Bytes of answers that the client has not taken. */
  get bytes(): number {
    return [...this.unanswered].reduce((sum, { writableLength }) => sum + writableLength, 0)
  }

  /** @param begin is called in the request's turn, unless the connection has gone before */
  add(response: ServerResponse, begin: () => void): void {
    this.unanswered.add(response)
    response.once('close', () => this.unanswered.delete(response))
    const isTaken = this.queue.add(0, (done) => {
      response.once('close', done)
      this.regulate()
      begin()
    })
    if (isTaken) this.regulate()
    else this.socket.destroy()
  }

  private regulate() {
    const { size } = this.queue
    if (!this.isHeld && size > HIGH) {
      this.isHeld = true
      this.socket.pause()
    } else if (this.isHeld && size < LOW) {
      this.isHeld = false
      this.socket.resume()
    }
  }
}
