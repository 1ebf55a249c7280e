import assert from 'node:assert/strict'
import { authenticated, defineResource, text, unique } from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { RESOURCES } from './stage'

const guarded = defineResource('guarded', {
  versioned: 'required',
  fields: { code: unique(text({ maxLength: 40 })) },
  access: { read: true, create: authenticated, update: authenticated, remove: authenticated }
})

describe('an upsert that can change nothing', () => {
  let world: World
  let owner: Person
  before(async () => {
    const resources = [...RESOURCES, guarded as unknown as AnyResource]
    world = await startWorld({ resources, settings: { rate_limit: { requests: 0 } } })
    owner = await world.register('owner')
  })
  after(() => world?.close())

  const csv = { 'Content-Type': 'text/csv' }
  /** A file with a fault in its first line, which who is refused before that is not told. */
  const unreadable = '"'

  const keyWith = async (...permissions: string[]) => {
    const { body } = await world.rest(owner, 'POST', '/api-keys', { body: { name: 'robot', permissions } })
    return (path: string, raw: string) =>
      world.rest(anonymous, 'POST', path, { raw, headers: { ...csv, 'X-API-Key': body.key as string } })
  }

  it('is refused before its file is read where the API key may only create, and says which permission it takes', async () => {
    const send = await keyWith('entries:create')
    const refused = await send('/entries/import?upsert=code', unreadable)
    assert.deepEqual([refused.status, refused.body.error.code], [403, 'FORBIDDEN'])
    assert.match(refused.body.error.message, /do not include entries:find/)
    assert.match(refused.body.error.hint, /permission entries:find/)
    assert.equal((await send('/entries/import', 'code,title\na,x')).status, 200)
    const both = await keyWith('entries:create', 'entries:find')
    assert.match((await both('/entries/import?upsert=code', unreadable)).body.error.message, /entries:patch/)
    const all = await keyWith('entries:create', 'entries:find', 'entries:patch')
    assert.equal((await all('/entries/import?upsert=code', 'code,title\na,y')).body.updated, 1)
  })

  it('is refused before its file is read where records are changed with If-Match only', async () => {
    const send = (path: string, raw: string) => world.rest(owner, 'POST', path, { raw, headers: csv })
    const { status, body } = await send('/guarded/import?upsert=id', unreadable)
    assert.deepEqual([status, body.error.code, body.error.field], [400, 'BAD_QUERY', 'upsert'])
    assert.match(body.error.message, /If-Match/)
    assert.equal((await send('/guarded/import', 'code\na')).body.created, 1)
  })
})
