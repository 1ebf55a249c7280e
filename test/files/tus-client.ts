import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Person } from '../../packages/rachis/src/testing/wire'
import { bearer } from './stage'
import type { Answer } from './stage'

type Body = string | Uint8Array | ReadableStream
type Headers = Record<string, string>

const metadataOf = (values: Headers) =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',')

/** The requests of a client of tus 1.0. */
export const tusClient = (url: string, person: Person) => {
  const send = async (method: string, path: string, headers: Headers = {}, body?: Body): Promise<Answer> => {
    const answer = await fetch(`${url}${path}`, { method, body: body ?? null, headers: { 'Tus-Resumable': '1.0.0', ...bearer(person), ...headers }, ...(body instanceof ReadableStream ? { duplex: 'half' } : {}) } as RequestInit) // prettier-ignore
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) } // prettier-ignore
  }

  return {
    send,
    /** The path of a new upload. */
    async begin(length: number, metadata: Headers = {}): Promise<string> {
      const { status, headers, body } = await send('POST', '/api/v1/uploads', { 'Upload-Length': String(length), 'Upload-Metadata': metadataOf(metadata) }) // prettier-ignore
      if (status !== 201) throw new Error(JSON.stringify(body))
      return headers.get('location')!
    },
    append: (path: string, offset: number, bytes: Body, headers: Headers = {}) =>
      send('PATCH', path, { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset), ...headers }, bytes), // prettier-ignore
    /** How far it is; undefined where it is not there. */
    async offset(path: string): Promise<number | undefined> {
      const { status, headers } = await send('HEAD', path)
      return status === 200 ? Number(headers.get('upload-offset')) : undefined
    }
  }
}
export type TusClient = ReturnType<typeof tusClient>
export const idOf = (path: string): string => path.split('/').at(-1)!

/** Appends where the upload is, as clients do: while another request has it, they ask again after as many seconds as they are told. */
export const goOn = async (
  client: TusClient,
  path: string,
  bytesFrom: (offset: number) => Body
): Promise<{ readonly status: number; readonly offset: number; readonly locked: number }> => {
  for (let locked = 0; ; locked++) {
    const offset = (await client.offset(path))!
    const { status, headers } = await client.append(path, offset, bytesFrom(offset))
    if (status !== 423) return { status, offset, locked }
    await setTimeout(Number(headers.get('retry-after')) * 1000)
  }
}

/** A PATCH whose body is sent by the test; `answered` is its status, and 0 where its connection was cut. */
export const openPatch = (
  url: string,
  path: string,
  person: Person,
  offset: number,
  headers: Headers = {}
) => {
  const sent = request(`${url}${path}`, {
    method: 'PATCH',
    headers: {
      ...bearer(person),
      'Tus-Resumable': '1.0.0',
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Offset': String(offset),
      ...headers
    }
  })
  sent.flushHeaders()
  const answered = new Promise<number>((resolve) => {
    sent.once('response', (answer) => resolve(answer.resume().statusCode!))
    sent.on('error', () => resolve(0))
  })

  return {
    answered,
    send: (bytes: string | Buffer) => void sent.write(bytes),
    end: (bytes: string | Buffer) => void sent.end(bytes)
  }
}

/** What is answered to a PATCH at 0 of a client that reads nothing before it has sent everything; fails where it cannot send that. */
export const patchAtOnce = async (
  url: string,
  path: string,
  person: Person,
  bytes: Buffer
): Promise<string> => {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  const fields = { ...bearer(person), Host: hostname, Connection: 'close', 'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0', 'Content-Length': String(bytes.length) } // prettier-ignore
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`PATCH ${path} HTTP/1.1\r\n${head.join('')}\r\n`)
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
  const answer: Buffer[] = []
  for await (const chunk of socket as AsyncIterable<Buffer>) answer.push(chunk)

  return String(Buffer.concat(answer))
}
