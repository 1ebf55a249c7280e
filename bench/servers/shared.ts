import { once } from 'events'
import type { IncomingMessage, Server } from 'http'

export const HOUR = 3600

/** 5,000 sockets would answer 200 heartbeats a second, in bursts: CPU of all contenders, and of no question. */
export const NO_HEARTBEAT = { pingInterval: HOUR * 1000 }

/** Any free port of the loopback address. */
export const listen = async (server: Server): Promise<Server> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return server
}

export const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)

  return Buffer.concat(chunks).toString()
}
