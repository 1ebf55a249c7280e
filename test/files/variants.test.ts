import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import type { Person } from '../../packages/rachis/src/testing/wire'
import type { Variants } from '../../packages/rachis/src/files'
import { files } from '../../packages/rachis/src/files'
import { createApp } from '../../packages/rachis/src/create-app'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { fetchContent, filesIn, sendForm, stageOf } from './stage'

describe('variants of pictures', () => {
  let world: World
  let owner: Person
  const options = stageOf({}, { thumb: { width: 20 }, square: { width: 16, height: 16 } })
  before(async () => {
    world = await openStage(options)
    owner = await world.person('owner')
  })
  after(() => world?.close())

  const upload = async () => {
    const bytes = await sharp({ create: { width: 80, height: 40, channels: 3, background: 'red' } })
      .withExif({ IFD0: { Copyright: 'Secret place' } })
      .jpeg()
      .toBuffer()
    const { body } = await sendForm(world.url, owner, { bytes, name: 'red.jpg' })
    return body.id as string
  }
  const thumb = (id: string, person: Person, variant = 'thumb') =>
    fetchContent(world.url, id, person, { query: `?variant=${variant}` })

  it('are made once, by the same rights, of the declared size and without what the camera wrote', async () => {
    const id = await upload()
    assert.equal((await thumb(id, await world.person('stranger'))).status, 404)
    const first = await thumb(id, owner)
    assert.deepEqual([first.status, first.headers.get('content-type')], [200, 'image/webp'])
    assert.match(first.headers.get('content-disposition')!, /red\.webp/)
    const { width, height, exif } = await sharp(first.bytes).metadata()
    assert.deepEqual([width, height, exif], [20, 10, undefined])
    const names = (await filesIn(options.folder)).map((file) => file.split('/').at(-1))
    assert.ok(names.includes(`${id}.thumb`))
    assert.deepEqual((await thumb(id, owner)).bytes, first.bytes)
    const square = await sharp((await thumb(id, owner, 'square')).bytes).metadata()
    assert.deepEqual([square.width, square.height], [16, 16])
    const part = await fetchContent(world.url, id, owner, { query: '?variant=thumb', headers: { Range: 'bytes=0-3' } }) // prettier-ignore
    assert.deepEqual([part.status, String(part.bytes)], [206, 'RIFF'])
  })

  it('are the same for all who ask for one at once', async () => {
    const id = await upload()
    const answers = await Promise.all(Array.from({ length: 6 }, () => thumb(id, owner)))
    assert.deepEqual(answers.map(({ status }) => status), Array(6).fill(200)) // prettier-ignore
    for (const { bytes } of answers) assert.deepEqual(bytes, answers[0]!.bytes)
    const own = (await filesIn(options.folder)).filter((file) => file.includes(id))
    assert.deepEqual(own.map((file) => path.basename(file)).sort(), [id, `${id}.thumb`])
  })

  it('are answered where they cannot be kept', async () => {
    const id = await upload()
    const { storage } = world.app.get('fileStore')
    const { put } = storage
    storage.put = () => Promise.reject(new Error('The disk is full'))
    assert.equal((await thumb(id, owner).finally(() => void (storage.put = put))).status, 200)
  })

  it('leave nothing where their file is removed while they are made, or while they are written', async () => {
    const { storage } = world.app.get('fileStore')
    const { get, put } = storage
    const removed: string[] = []
    const remove = (id: string) => world.as('owner').delete(`/files/${id}`).then(() => removed.push(id)) // prettier-ignore
    const isHeld = async () => {
      while ((await world.sql('select from pg_locks where not granted')).length === 0);
    }
    const [early, late] = [await upload(), await upload()]
    storage.get = async (key, range) => {
      const original = await get(key, range)
      if (key === early) await remove(early)
      return original
    }
    let removal: Promise<unknown> | undefined
    const written: unknown[] = []
    storage.put = async (key, bytes) => {
      removal = remove(late)
      await Promise.race([removal, isHeld()])
      written.push([key, [...removed]])
      await put(key, bytes)
    }
    const answers = [await thumb(early, owner), await thumb(late, owner)]
    Object.assign(storage, { get, put })
    await removal
    assert.deepEqual(written, [[`${late}.thumb`, [early]]])
    await world.settled()
    assert.deepEqual(answers.map(({ status }) => status), [200, 200]) // prettier-ignore
    assert.deepEqual((await filesIn(options.folder)).filter((file) => file.includes(early) || file.includes(late)), []) // prettier-ignore
  })

  it('are an error of the server where the storage fails, and not of the picture', async () => {
    const id = await upload()
    await mkdir(path.join(options.folder, 'kept', id.slice(-2), `${id}.square`))
    assert.equal((await thumb(id, owner, 'square')).status, 500)
  })

  it('go with their file', async () => {
    const id = await upload()
    await thumb(id, owner)
    await world.as('owner').delete(`/files/${id}`)
    await world.settled()
    assert.deepEqual((await filesIn(options.folder)).filter((file) => file.includes(id)), []) // prettier-ignore
  })

  it('are those that are declared, of pictures that can be read', async () => {
    const id = await upload()
    for (const variant of ['large', '__proto__', 'constructor', '../thumb']) assert.equal((await thumb(id, owner, variant)).status, 422) // prettier-ignore
    const { body: text } = await sendForm(world.url, owner, { bytes: 'text' })
    assert.equal((await thumb(text.id, owner)).status, 422)
    const { body: broken } = await sendForm(world.url, owner, { bytes: Buffer.from('ffd8ffe000104a46494600', 'hex') }) // prettier-ignore
    assert.equal((await thumb(broken.id, owner)).status, 422)
  })

  it('stop the start where they are wrong', () => {
    const WRONG: readonly Variants[] = [{ Thumb: { width: 10 } }, { thumb: {} }, { thumb: { width: 0 } }]
    for (const variants of WRONG)
      assert.throws(() => createApp({ ...options, modules: [...options.modules!.slice(0, 1), files({ variants })] }), /The variant/) // prettier-ignore
  })
})
