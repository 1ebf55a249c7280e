import type { Worker } from 'cluster'

/** A connection as the primary of a cluster hands it to a worker, and what the worker answers. Node.js documents neither. */
interface Handle {
  close(): void
}
interface ClusterMessage {
  readonly cmd?: string
  readonly act?: string
  readonly seq?: number
  readonly ack?: number
}
type Send = (message: ClusterMessage, handle?: Handle, ...rest: unknown[]) => boolean

/** Connections that were handed to a worker, by the number of their message, until it says that it has taken them. */
const unanswered = (worker: Worker): Map<number, Handle> => {
  const child = worker.process as unknown as { send: Send; on: NodeJS.EventEmitter['on'] }
  const handed = new Map<number, Handle>()
  const send = child.send.bind(child)
  child.send = (message, handle, ...rest) => {
    if (handle && message.act === 'newconn') handed.set(message.seq!, handle)
    return send(message, handle, ...rest)
  }
  child.on('internalMessage', ({ ack }: ClusterMessage) => {
    if (ack !== undefined) handed.delete(ack)
  })

  return handed
}

/**
 * Gives a connection that was on its way to a worker when that one was killed to another worker, or closes it where there is none.
 * Node.js waits for the answer of the killed worker for ever: it keeps the connection open, so that its client waits as long, and says
 * of the worker neither that it is disconnected nor that it serves no more.
 *
 * @param isServed whether another worker serves, which is asked once this one has ended
 *
 * @example passOnConnections(cluster.fork(), () => others.some((worker) => worker.isConnected()))
 */
export const passOnConnections = (worker: Worker, isServed: () => boolean): void => {
  const child = worker.process
  const handed = unanswered(worker)
  let isDisconnected = false
  child.once('disconnect', () => (isDisconnected = true))
  // By then everything that it has answered is read.
  child.once('close', () => {
    if (!isDisconnected) child.emit('disconnect')
    for (const [ack, handle] of handed) {
      if (isServed()) child.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack, accepted: false })
      else handle.close()
    }
    handed.clear()
  })
}
