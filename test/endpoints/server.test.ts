import assert from 'node:assert/strict'
import net from 'net'
import type { ErrorCode } from '../../packages/rachis/src/errors/errors'
import { CATALOGUE } from '../../packages/rachis/src/errors/errors'
import type { World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { assertError } from '../input/contract'

/** Every answer that comes on one connection, until the server closes it. */
const conversation = async (url: string, ...texts: string[]): Promise<string> => {
  const { hostname, port } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  for (const text of texts) socket.write(text)
  let received = ''
  for await (const chunk of socket) received += String(chunk)

  return received
}

/** The one error object that a connection was answered with. */
const assertAnswer = (received: string, code: ErrorCode) => {
  const [head = '', body = ''] = received.split('\r\n\r\n')
  assert.ok(head.startsWith(`HTTP/1.1 ${CATALOGUE[code].status} `), head.slice(0, 100))
  assert.match(head, /^content-type: application\/json/im)
  assert.match(head, /^connection: close/im)
  const error = JSON.parse(body)
  assertError(error, { code })
  assert.equal(/^x-request-id: (.+)$/im.exec(head)?.[1], error.error.trace_id)
}

describe('the HTTP server', () => {
  let world: World
  before(async () => {
    world = await startWorld({ settings: { http: { header_timeout: 1, request_timeout: 2, keep_alive_timeout: 61 } } }) // prettier-ignore
  })
  after(() => world?.close())

  const chunked = (chunks: number) => {
    const body = `${' '.repeat(chunks)}x`
    const head =
      'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n'

    return `${head}Transfer-Encoding: chunked\r\n\r\n${[...body].map((byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`
  }
  const GET = 'GET /api/v1/products HTTP/1.1\r\n'
  const ROWS: [string, ErrorCode, string][] = [
    ['what is no HTTP', 'BAD_REQUEST', 'hello\r\n\r\n'],
    ['a header that is none', 'BAD_REQUEST', `${GET}Host: x\r\nno colon\r\n\r\n`],
    ['no Host', 'BAD_REQUEST', `${GET}\r\n`],
    ['two lines of Host', 'BAD_REQUEST', `${GET}Host: a\r\nHost: b\r\n\r\n`],
    ['the same Host twice', 'BAD_REQUEST', `${GET}Host: a\r\nHost: a\r\n\r\n`],
    ['headers of 100 KB', 'HEADERS_TOO_LARGE', `${GET}Host: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['an address of 100 KB', 'HEADERS_TOO_LARGE', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['an expectation', 'EXPECTATION_FAILED', `${GET}Host: x\r\nExpect: a-miracle\r\n\r\n`],
    ['a body of thousands of chunks', 'PAYLOAD_TOO_LARGE', chunked(7000)],
    ['no JSON, in some hundred chunks', 'MALFORMED_BODY', chunked(900)],
    ['a header that does not end', 'REQUEST_TIMEOUT', `${GET}Host: x\r\n`],
    ['a body that does not end', 'REQUEST_TIMEOUT', `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`]
  ] // prettier-ignore
  for (const [what, code, text] of ROWS)
    it(`answers ${what} by the error object ${code}`, async () =>
      assertAnswer(await conversation(world.url, text), code))

  it('answers what offers another protocol, and what was sent behind it, in their order', async () => {
    const offer = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n'
    const login = (headers: string) =>
      `POST /api/v1/auth/login HTTP/1.1\r\n${headers}Content-Type: application/json\r\n`
    const body = JSON.stringify({ email: 'nobody@example.com', password: 'correct horse' })
    const requests = [
      // Slow, since its password is hashed: what follows must wait for its turn.
      `${login('Host: x\r\n')}Content-Length: ${body.length}\r\n\r\n${body}`,
      `GET /health HTTP/1.1\r\n${offer}\r\n`,
      `${login(offer)}Content-Length: ${body.length}\r\n\r\n${body}`,
      `${login(offer)}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      `GET /nowhere HTTP/1.1\r\n${offer}\r\n`,
      `GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
    ]
    for (const texts of [[requests.join('')], requests]) {
      const received = await conversation(world.url, ...texts)
      const statuses = [...received.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status))
      assert.deepEqual(statuses, [401, 200, 401, 401, 404, 200])
    }
  })

  it('answers what offers another protocol also where sockets are opened', async () => {
    const offer = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'
    const paths = ['/graphql?query=%7B__typename%7D', '/socket.io/?EIO=4&transport=polling']
    for (const path of paths)
      assert.match(await conversation(world.url, `GET ${path} HTTP/1.1\r\n${offer}`, `${GET}Host: x\r\nConnection: close\r\n\r\n`), /^HTTP\/1.1 200 /) // prettier-ignore
  })

  it('serves HTTP/1.0 without Host, and Expect: 100-continue', async () => {
    assert.match(await conversation(world.url, 'GET /health HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 200 /)
    const asked = `${GET}Host: x\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n`
    assert.match(await conversation(world.url, asked), /^HTTP\/1.1 (100|200) /)
  })

  it('keeps connections longer than load balancers do', async () => {
    const response = await fetch(`${world.url}/health`)
    assert.equal(response.headers.get('keep-alive'), 'timeout=61')
  })

  it('has room for a list of 1,000 ids in a query, in every spelling', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => 9_000_000_000_000_000 + index)
    const spellings = [`id=${ids.join(',')}`, ids.map((id) => `id[$in][]=${id}`).join('&'), ids.map((id) => `id%5B%24in%5D%5B%5D=${id}`).join('&')] // prettier-ignore
    for (const query of spellings) {
      const { status, body } = await world.rest(anonymous, 'GET', `/products?${query}`)
      assert.deepEqual([status, body.total], [200, 0])
    }
  })
})
