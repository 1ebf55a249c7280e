import assert from 'node:assert/strict'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { posts, sendForm, stageOf } from './stage'
import { defineResource, role } from '../../packages/rachis/src/declare'
import { file } from '../../packages/rachis/src/files'
import { tusClient } from './tus-client'

/** Of which only administrators know, and what its field takes. */
const seals = defineResource('seals', {
  fields: { image_id: file({ types: ['application/x-seal'] }) },
  access: { read: role('admin'), create: role('admin') }
})

describe('what files may be', () => {
  let world: World
  before(async () => void (world = await openStage({ ...stageOf({ max_size: 300_000, types: ['text/plain'] }, { thumb: { width: 32 } }), resources: [posts, seals] }))) // prettier-ignore
  after(() => world?.close())

  const limits = async (who: string, query = '') => {
    const { status, body } = await world.as(who).get(`/files/limits${query}`)
    return status === 200 ? body : [status, body.error.code, body.error.field]
  }
  const thumb = { name: 'thumb', width: 32 }

  it('is said of files for any field, and of those for a field that the caller may write', async () => {
    const any = { types: ['text/plain'], max_size: 300_000, variants: [thumb] }
    for (const who of ['anonymous', 'owner', 'admin']) assert.deepEqual(await limits(who), any)
    const ofPictures = { types: ['image/png', 'image/jpeg'], max_size: 100_000, variants: [thumb] }
    assert.deepEqual(await limits('owner', '?field=posts.picture_id'), ofPictures)
    assert.deepEqual(await limits('owner', '?field=posts.contract_id'), any)
    const socket = await world.socket(await world.person('owner'))
    assert.deepEqual(await socket.call('limits', 'files', { field: 'posts.picture_id' }), ofPictures)
  })

  it('is not said of a field that they may not write, which is as one that is not there', async () => {
    const unknown = [422, 'VALIDATION_ERROR', 'field']
    assert.deepEqual(await limits('owner', '?field=posts.pictures'), unknown)
    assert.deepEqual(await limits('anonymous', '?field=posts.picture_id'), unknown)
    const { body } = await world.as('anonymous').get('/files/limits?field=posts.picture_i')
    assert.doesNotMatch(JSON.stringify(body), /picture_id/)
  })

  it('holds for uploads in the same way: nothing tells of a field that they may not write', async () => {
    const [owner, admin] = [await world.person('owner'), await world.person('admin')]
    const said = async (who: typeof owner, field: string) => {
      const { status, body } = await sendForm(world.url, who, { bytes: 'a', query: `?field=${field}` })
      assert.doesNotMatch(JSON.stringify(body), who === owner ? /seal[s/]?\.|x-seal/ : /^$/)
      return [status, body.error.code, body.error.field]
    }
    assert.deepEqual(await said(owner, 'seals.image_id'), await said(owner, 'posts.nothing'))
    assert.deepEqual(await said(owner, 'seals.image_i'), [422, 'VALIDATION_ERROR', 'field'])
    assert.deepEqual((await said(admin, 'seals.image_id')).slice(0, 2), [415, 'FILE_TYPE_REFUSED'])
    await assert.rejects(
      tusClient(world.url, owner).begin(5, { field: 'seals.image_id' }),
      /VALIDATION_ERROR/
    )
  })
})
