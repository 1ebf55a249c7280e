import { randomBytes } from 'crypto'

/** A frame of a client, which is masked. For texts of up to 125 bytes. */
export const clientFrame = (text: string): Buffer => {
  const mask = randomBytes(4)
  const payload = Buffer.from(text).map((byte, index) => byte ^ mask[index % 4]!)
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length]), mask, payload])
}

/** The request of a client that opens a websocket; without a token as nobody in particular. */
export const upgradeRequest = (path: string, token?: string): string => {
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
  return `GET ${path} HTTP/1.1\r\nHost: bench\r\n${authorization}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`
}

/** The path at which Socket.IO opens a websocket without polling first. */
export const SOCKET_IO = '/socket.io/?EIO=4&transport=websocket'
