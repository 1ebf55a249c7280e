import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Person } from '../../packages/rachis/src/testing/wire'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { fetchContent, PNG, sendForm, stageOf } from './stage'

describe('files', () => {
  let world: World
  let cast: Record<'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin', Person>
  const options = stageOf()
  before(async () => {
    world = await openStage(options)
    cast = await world.cast()
  })
  after(() => world?.close())

  const statusOf = async (id: string, who: keyof typeof cast) =>
    (await fetchContent(world.url, id, cast[who])).status

  it('are uploaded in a form, known by what they contain, and shown to their owner and administrators alone', async () => {
    const { status, headers, body } = await sendForm(world.url, cast.owner, { bytes: PNG, name: 'tea.gif', type: 'image/gif' }) // prettier-ignore
    assert.equal(status, 201, JSON.stringify(body))
    assert.equal(headers.get('location'), `/api/v1/files/${body.id}`)
    const sha256 = createHash('sha256').update(PNG).digest('hex')
    assert.deepEqual(
      [body.name, body.type, body.size, body.sha256, body.user_id],
      ['tea.gif', 'image/png', PNG.length, sha256, cast.owner.id]
    )
    const answer = await fetchContent(world.url, body.id, cast.owner)
    assert.deepEqual([answer.status, answer.bytes], [200, PNG])
    assert.equal(answer.headers.get('content-type'), 'image/png')
    for (const who of ['anonymous', 'stranger', 'manager'] as const)
      assert.equal(await statusOf(body.id, who), 404)
    assert.equal(await statusOf(body.id, 'admin'), 200)
  })
})
