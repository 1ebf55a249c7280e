import assert from 'node:assert/strict'
import { Client } from 'pg'
import { createDatabase } from '../../packages/rachis/src/database/query'
import { pruneRecords } from '../../packages/rachis/src/feed/retention'
import { cleanFiles } from '../../packages/rachis/src/files/clean'
import type { FileField } from '../../packages/rachis/src/files/limits'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { fetchContent, filesIn, PNG, sendForm, stageOf } from './stage'

/** A table of references whose first statement waits, with its snapshot taken, until it is let go on. */
const slowPlace = async (world: World) => {
  const client = new Client({ connectionString: world.database })
  await client.connect()
  await client.query(`
    create function wait() returns boolean language plpgsql as $$ begin perform pg_advisory_xact_lock(4711); return false; end $$;
    create view slow as select gen_random_uuid() as file_id where wait();
    select pg_advisory_lock(4711)`)
  const field = { model: { source: 'slow' }, field: { name: 'file_id' } } as unknown as FileField

  return {
    field,
    async reached() {
      const waiting = `select from pg_locks where locktype = 'advisory' and objid = 4711 and not granted`
      while ((await client.query(waiting)).rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 5)) // prettier-ignore
    },
    release: () => client.end()
  }
}

describe('files that nothing refers to', () => {
  let world: World
  const options = stageOf()
  before(async () => void (world = await openStage(options)))
  after(() => world?.close())

  const upload = async (): Promise<string> =>
    (await sendForm(world.url, await world.person('owner'), { bytes: PNG })).body.id
  const age = (id: string) => world.sql(`update files set created_at = now() - interval '25 hours' where id = $1`, [id]) // prettier-ignore
  const rows = async () => (await world.sql('select id from files')).map(({ id }) => id as string).sort()
  const kept = async () => {
    await world.settled()
    return (await filesIn(options.folder)).map((file) => file.split('/').at(-1)!.split('.')[0]!).sort()
  }

  it('are removed after a day with their bytes; those that are referred to stay, also by what was removed', async () => {
    const [used, hidden, young, old] = [await upload(), await upload(), await upload(), await upload()]
    await world.as('owner').post('/posts', { title: 'a', picture_id: used })
    const { body } = await world.as('owner').post('/posts', { title: 'b', contract_id: hidden })
    await world.as('owner').delete(`/posts/${body.id}`)
    for (const id of [used, hidden, old]) await age(id)
    await world.app.get('fileStore').clean()
    const left = [used, hidden, young].sort()
    assert.deepEqual([await rows(), await kept()], [left, left])
  })

  it('stay as long as a removed record that refers to them can be restored, and go once it is gone for good', async () => {
    const [id, other] = [await upload(), await upload()]
    const { body } = await world.as('owner').post('/posts', { title: 'gone', picture_id: id })
    const { body: restored } = await world.as('owner').post('/posts', { title: 'back', picture_id: other })
    for (const post of [body, restored]) await world.as('owner').delete(`/posts/${post.id}`)
    for (const one of [id, other]) await age(one)
    await world.app.get('fileStore').clean()
    const { status, body: refused } = await world.as('owner').delete(`/files/${id}`)
    assert.deepEqual([status, (await rows()).includes(id)], [409, true], JSON.stringify(refused))
    await world.as('owner').post(`/posts/${restored.id}/restore`)
    await world.sql(`update posts set deleted_at = now() - interval '31 days' where deleted_at is not null`)
    await pruneRecords(createDatabase(world.app.get('postgresqlClient')), world.app.get('engine').models)
    assert.deepEqual(await world.sql('select id::int from posts where title in ($1, $2)', ['gone', 'back']), [{ id: restored.id }]) // prettier-ignore
    await world.app.get('fileStore').clean()
    assert.deepEqual([(await rows()).includes(id), (await rows()).includes(other)], [false, true])
    const left = await kept()
    assert.deepEqual([left.includes(id), left.includes(other)], [false, true])
  })

  it('stay where they are attached while the job looks for them', async () => {
    const [id, keeper] = [await upload(), await world.person('owner')]
    await age(id)
    const slow = await slowPlace(world)
    const store = world.app.get('fileStore')
    const fields = new Map([...store.fields, ['slow.file_id', slow.field]])
    const cleaning = cleanFiles({ context: store.context, settings: store.settings, spool: store.spool, fields }) // prettier-ignore
    await slow.reached()
    const { body } = await world.as('owner').post('/posts', { title: 'a', cover_id: id })
    await slow.release()
    await cleaning
    const { body: post } = await world.as('owner').get(`/posts/${body.id}`)
    assert.deepEqual([post.cover_id, (await fetchContent(world.url, id, keeper)).status], [id, 200])
  })

  it('cannot be removed by their owner while something refers to them', async () => {
    const id = await upload()
    const { body } = await world.as('owner').post('/posts', { title: 'a', picture_id: id })
    assert.equal((await world.as('owner').delete(`/files/${id}`)).status, 409)
    assert.ok((await kept()).includes(id))
    await world.as('owner').patch(`/posts/${body.id}`, { picture_id: null })
    assert.equal((await world.as('stranger').delete(`/files/${id}`)).status, 404)
    assert.equal((await world.as('owner').delete(`/files/${id}`)).status, 200)
    assert.equal((await kept()).includes(id), false)
  })

  it('are answered as absent where their bytes are lost', async () => {
    const id = await upload()
    await world.app.get('fileStore').storage.remove(id)
    assert.equal((await world.as('owner').get(`/files/${id}/content`)).status, 404)
  })
})
