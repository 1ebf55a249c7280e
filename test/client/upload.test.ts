import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { createClient } from '../../packages/rachis/src/client'
import type { Client, UploadProgress } from '../../packages/rachis/src/client'
import { fetchContent, filesIn, PNG, stageOf } from '../files/stage'
import { scratchFolder } from '../helpers/scratch'
import type { Person, World } from '../helpers/world'
import { PASSWORD } from '../helpers/world'
import { openStage } from '../modules/stage'
import { Gateway } from './gateway'

const MEGABYTE = 2 ** 20
/** A text in which no two pieces are the same. */
const long = (size: number) =>
  Buffer.from(Array.from({ length: Math.ceil(size / 8) }, (_, at) => String(at).padStart(8, '0')).join('')).subarray(0, size) // prettier-ignore
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('uploads of the client', function () {
  this.timeout(60_000)
  let world: World
  let gateway: Gateway
  let owner: Person
  let client: Client<Record<string, never>>
  const options = stageOf({ max_size: 20 * MEGABYTE })
  before(async () => {
    world = await openStage(options)
    gateway = await Gateway.open(world.url)
    owner = await world.person('owner')
    client = createClient(gateway.url)
    await client.login({ email: owner.email!, password: PASSWORD })
  })
  after(async () => {
    client?.close()
    gateway?.close()
    await world?.close()
  })

  const left = async () => {
    await world.settled()
    const [{ uploads }] = (await world.sql('select count(*)::int as uploads from uploads')) as [{ uploads: number }] // prettier-ignore
    return [uploads, (await filesIn(options.folder)).filter((file) => file.startsWith('uploads')).length]
  }
  const contentOf = async (id: string) => (await fetchContent(world.url, id, owner)).bytes

  it('are a form where a file is small, with the name and the type that it says', async () => {
    const told: UploadProgress[] = []
    const picture = new File([PNG], 'tea.png', { type: 'image/png' })
    const made = await client.upload(picture, { field: 'posts.picture_id', onProgress: (one) => void told.push(one) }) // prettier-ignore
    assert.deepEqual(
      [made.name, made.type, made.size, made.sha256, made.user_id],
      ['tea.png', 'image/png', PNG.length, sha256(PNG), owner.id]
    )
    assert.deepEqual(told, [{ sent: 0, total: PNG.length }, { sent: PNG.length, total: PNG.length }]) // prettier-ignore
    assert.equal((await client.upload(PNG)).name, 'file')
    assert.equal((await client.upload(Readable.from([PNG]), { name: 'a.png' })).sha256, sha256(PNG))
  })

  it('tell what the server refuses, before the bytes are sent where it can be known', async () => {
    const had = (await world.sql('select 1 from files')).length
    const refused = (code: string, status: number) => ({ name: 'RachisError', code, status })
    await assert.rejects(client.upload(Buffer.from('<html>')), refused('FILE_TYPE_REFUSED', 415))
    await assert.rejects(client.upload(long(2 * MEGABYTE), { field: 'posts.picture_id' }), refused('FILE_TOO_LARGE', 413)) // prettier-ignore
    await assert.rejects(client.upload(PNG, { field: 'posts.picture' }), refused('VALIDATION_ERROR', 422))
    await assert.rejects(client.upload(PNG, { resume: randomUUID() }), refused('NOT_FOUND', 404))
    const anybody = createClient(world.url)
    await assert.rejects(anybody.upload(PNG), refused('NOT_AUTHENTICATED', 401))
    await assert.rejects(anybody.upload(long(2 * MEGABYTE)), refused('NOT_AUTHENTICATED', 401))
    anybody.close()
    assert.deepEqual([(await world.sql('select 1 from files')).length, await left()], [had, [0, 0]])
  })

  it('are sent piece by piece where a file is long, which goes on where the connection was cut', async () => {
    const bytes = long(9 * MEGABYTE)
    const told: UploadProgress[] = []
    let cuts = 0
    const onProgress = (one: UploadProgress) => {
      told.push(one)
      // In the middle of the piece that follows.
      if (one.sent > 0 && cuts++ < 2) setTimeout(() => gateway.cut(), 2)
    }
    const made = await client.upload(new File([bytes], 'Tee ☕.txt', { type: 'text/plain' }), { onProgress })
    assert.deepEqual([made.name, made.size, made.sha256], ['Tee ☕.txt', bytes.length, sha256(bytes)])
    assert.ok((await contentOf(made.id)).equals(bytes))
    assert.ok(cuts >= 2 && told.length > 3)
    assert.deepEqual(told.at(-1), { sent: bytes.length, total: bytes.length, upload: made.id })
    assert.deepEqual(told.map(({ sent }) => sent), told.map(({ sent }) => sent).sort((a, b) => a - b)) // prettier-ignore
    assert.deepEqual(await left(), [0, 0])
  })

  it('take a stream with its size, and a file of the disk, which is read piece by piece', async () => {
    const bytes = long(3 * MEGABYTE)
    const chunks = Array.from({ length: 48 }, (_, at) => bytes.subarray(at * 65_536, (at + 1) * 65_536))
    const ofStream = await client.upload(Readable.from(chunks), { size: bytes.length, name: 'a.txt' })
    assert.equal(ofStream.sha256, sha256(bytes))
    const ofWeb = await client.upload(new Blob([bytes]).stream(), { size: bytes.length })
    assert.equal(ofWeb.sha256, sha256(bytes))
    const file = path.join(scratchFolder('upload'), 'a.txt')
    await writeFile(file, bytes)
    assert.equal((await client.upload(await openAsBlob(file))).sha256, sha256(bytes))
    await assert.rejects(client.upload(Readable.from(chunks)), /needs its size/)
    await assert.rejects(client.upload(Readable.from(chunks.slice(0, 40)), { size: bytes.length, onProgress: ({ upload }) => void (open = upload) }), /ended after/) // prettier-ignore
    await client.fetch(`/uploads/${open}`, { method: 'DELETE' })
  })
  let open: string | undefined

  it('are removed where they are given up, and gone on with by their id where a page was closed', async () => {
    const bytes = long(6 * MEGABYTE)
    const reason = new Error('The reader has left')
    const [leaving, closing] = [new AbortController(), createClient(world.url)]
    const stop = ({ sent }: UploadProgress) => sent > 0 && leaving.abort(reason)
    await assert.rejects(client.upload(bytes, { signal: leaving.signal, onProgress: stop }), reason)
    await assert.rejects(client.upload(PNG, { signal: leaving.signal }), reason)
    assert.deepEqual(await left(), [0, 0])
    await closing.login({ email: owner.email!, password: PASSWORD })
    let upload = ''
    const close = (one: UploadProgress) => {
      upload = one.upload!
      if (one.sent > 0) throw new Error('The page was closed')
    }
    await assert.rejects(closing.upload(bytes, { onProgress: close }), /was closed/)
    closing.close()
    assert.deepEqual(await left(), [1, 1])
    await assert.rejects(client.upload(long(5 * MEGABYTE), { resume: upload }), /is of another file/)
    const sent: number[] = []
    const made = await client.upload(bytes, { resume: upload, onProgress: (one) => void sent.push(one.sent) })
    assert.deepEqual([made.id, made.sha256, sent[0]! > 0], [upload, sha256(bytes), true])
  })
})
