import assert from 'node:assert/strict'
import { conformance, startTestApp } from 'rachis/testing'
import type { TestApp } from 'rachis/testing'
import { createApp } from '../../src/app'

describe('notes', () => {
  let app: TestApp
  before(async () => void (app = await startTestApp({ createApp })))
  after(() => app.close())

  it('are seen by their owner alone', async () => {
    const silent = await app.as('stranger').events()
    const { id } = await app.make('notes', { user_id: (await app.person('owner')).id })
    assert.equal((await app.as('owner').get(`/notes/${id}`)).status, 200)
    assert.equal((await app.as('stranger').get(`/notes/${id}`)).status, 404)
    assert.equal((await app.as('anonymous').get(`/notes/${id}`)).status, 401)
    await silent.silent()
  })
})

conformance({ createApp, only: ['notes'] })
