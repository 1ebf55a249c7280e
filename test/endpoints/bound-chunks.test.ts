import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { boundChunks } from '../../packages/rachis/src/http/bound-chunks'
import { answerParser } from '../../packages/rachis/src/http/parser-errors'

describe('a body in chunks', () => {
  const received: number[] = []
  let server: Server
  before(async () => {
    server = createServer((request, response) => {
      request.on('data', (piece: Buffer) => server.emit('piece', received.push(piece.length)))
      request.on('end', () => response.end('all'))
      request.on('error', () => undefined)
    })
    answerParser(server)
    boundChunks(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
  })
  after(() => void server.close())
  beforeEach(() => void (received.length = 0))

  /** Sends pieces so that each is read for itself, and resolves with the status. */
  const send = async (pieces: readonly Buffer[]): Promise<number> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay()
    let answer = ''
    socket.on('data', (text: Buffer) => (answer += String(text)))
    const closed = once(socket, 'close')
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n')
    for (const piece of pieces) {
      const read = Promise.race([once(server, 'piece'), closed])
      socket.write(piece)
      await read
      if (answer !== '') break
    }
    socket.end('0\r\n\r\n')
    await closed

    return Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1])
  }
  const chunk = (size: number) => Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), Buffer.alloc(size), Buffer.from('\r\n')]) // prettier-ignore

  it('may be one large chunk that comes in thousands of segments', async () => {
    const size = 3000 * 1400
    const segments = Array.from({ length: 3000 }, () => Buffer.alloc(1400))
    segments[0] = Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), segments[0]!])
    segments.push(Buffer.from('\r\n'))
    assert.equal(await send([...segments.slice(0, -2), Buffer.concat(segments.slice(-2))]), 200)
    assert.equal(received.reduce((sum, length) => sum + length, 0), size) // prettier-ignore
    assert.ok(received.length >= 3000)
  })

  it('is refused where thousands of them are tiny', async () => {
    assert.equal(await send(Array.from({ length: 3000 }, () => chunk(100))), 413)
    assert.ok(received.length <= 2000)
  })
})
