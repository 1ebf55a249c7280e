import type { Server } from 'socket.io'
import type { Emit } from '../feed/consumers/news'

/** Socket.io encodes a broadcast once for all of its receivers; each socket is the only member of the room of its own id. */
export const emitter =
  (io: () => Server | undefined): Emit =>
  (ids, event, data, meta) => {
    io()
      ?.to(ids as string[])
      .emit(event, data, meta)
  }
