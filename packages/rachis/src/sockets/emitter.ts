import type { Server } from 'socket.io'
import type { Packet } from '../feed/subscriber'

interface Broadcast {
  readonly packet: Packet
  /** The ids of the sockets that receive it. */
  readonly ids: string[]
}

/**
 * Sends packets to sockets. All who are sent the same packet one after the other get one broadcast, which socket.io encodes once for
 * all of them; each socket is the only member of the room of its own id. Packets are sent in a microtask, once the code that runs now is done.
 *
 * @example emitter(io)('socket id')({ path: 'tasks', event: 'created', data: { id: 7 }, position: 12 })
 */
export const emitter = (io: Server) => {
  let waiting: Broadcast[] = []
  const flush = () => {
    const broadcasts = waiting
    waiting = []
    for (const { packet, ids } of broadcasts) {
      const { path, event, data, position } = packet
      io.to(ids).emit(`${path} ${event}`, data, { position })
    }
  }
  const send = (id: string, packet: Packet) => {
    if (waiting.length === 0) queueMicrotask(flush)
    const last = waiting.at(-1)
    if (last?.packet === packet) last.ids.push(id)
    else waiting.push({ packet, ids: [id] })
  }

  return (id: string) => (packet: Packet) => send(id, packet)
}
