import { request } from 'node:http'
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

/** A PATCH whose body is sent by the test; `answered` is its status, and 0 where its connection was cut. */
export const openPatch = (url: string, path: string, person: Person, offset: number) => {
  const sent = request(`${url}${path}`, {
    method: 'PATCH',
    headers: {
      ...bearer(person),
      'Tus-Resumable': '1.0.0',
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Offset': String(offset)
    }
  })
  sent.flushHeaders()
  const answered = new Promise<number>((resolve) => {
    sent.once('response', (answer) => resolve(answer.resume().statusCode!))
    sent.on('error', () => resolve(0))
  })

  return {
    answered,
    send: (text: string) => void sent.write(text),
    end: (text: string) => void sent.end(text)
  }
}
