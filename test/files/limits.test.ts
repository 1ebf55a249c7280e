import assert from 'node:assert/strict'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { stageOf } from './stage'

describe('what files may be', () => {
  let world: World
  before(async () => void (world = await openStage(stageOf({ max_size: 300_000, types: ['text/plain'] }, { thumb: { width: 32 } })))) // prettier-ignore
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
})
