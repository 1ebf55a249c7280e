import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { PNG, stageOf } from './stage'

const FORBIDDEN = [403, 'FORBIDDEN']

describe('uploads by API keys', () => {
  let world: World
  before(async () => void (world = await openStage(stageOf())))
  after(() => world?.close())

  const keyFor = async (...permissions: string[]): Promise<string> => {
    const { status, body } = await world.as('owner').post('/api-keys', { name: 'Robot', permissions })
    assert.equal(status, 201, JSON.stringify(body))
    return body.key
  }
  const sendForm = async (key: string, again = randomUUID()) => {
    const form = new FormData()
    form.append('file', new Blob([PNG]), 'a.png')
    const headers = { 'X-API-Key': key, 'Idempotency-Key': again }
    const answer = await fetch(`${world.url}/api/v1/files`, { method: 'POST', headers, body: form })
    return { status: answer.status, body: (await answer.json()) as any }
  }
  const begin = (key: string, again = randomUUID()) =>
    fetch(`${world.url}/api/v1/uploads`, {
      method: 'POST',
      headers: { 'X-API-Key': key, 'Idempotency-Key': again, 'Tus-Resumable': '1.0.0', 'Upload-Length': '6' }
    })
  const refusal = ({ status, body }: { status: number; body: any }) => [status, body.error.code]

  it('by a form need uploads:create, and say nothing but the id to a key that may not read', async () => {
    const blind = await keyFor('uploads:create')
    const again = randomUUID()
    const first = await sendForm(blind, again)
    assert.deepEqual([first.status, Object.keys(first.body)], [201, ['id']])
    const second = await sendForm(blind, again)
    assert.deepEqual([second.status, second.body], [201, first.body])
    assert.deepEqual((await world.sql('select id, name from files')), [{ id: first.body.id, name: 'a.png' }]) // prettier-ignore
    const { status, body } = await sendForm(await keyFor('uploads:create', 'files:get'))
    assert.deepEqual([status, body.name, body.size], [201, 'a.png', PNG.length])
    assert.deepEqual(refusal(await sendForm(await keyFor('files:get'))), FORBIDDEN)
  })

  it('are not begun again by a key that may not read what became of the first one', async () => {
    const blind = await keyFor('uploads:create')
    const again = randomUUID()
    await sendForm(blind, again)
    await world.sql('delete from files')
    assert.deepEqual(refusal(await sendForm(blind, again)), FORBIDDEN)
    assert.equal((await sendForm(await keyFor('uploads:create', 'uploads:get'), randomUUID())).status, 201)
  })

  it('by tus begin with a time at which they expire, and go on for a key that may read them', async () => {
    const blind = await keyFor('uploads:create')
    const again = randomUUID()
    for (const replayed of [null, 'true']) {
      const { status, headers } = await begin(blind, again)
      assert.deepEqual([status, headers.get('idempotency-replayed')], [201, replayed])
      assert.ok(Date.parse(headers.get('upload-expires')!) > Date.now())
      const part = { method: 'PATCH', body: 'abcdef', headers: { 'X-API-Key': blind, 'Tus-Resumable': '1.0.0', 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' } } // prettier-ignore
      assert.equal((await fetch(world.url + headers.get('location')!, part)).status, 403)
    }
    const seeing = await begin(await keyFor('uploads:create', 'uploads:get'))
    assert.ok(Date.parse(seeing.headers.get('upload-expires')!) > Date.now())
  })
})
