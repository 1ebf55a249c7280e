import assert from 'node:assert/strict'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { teamResources } from '../services/teams'
import { fill, RESOURCES } from './goods'

type Cast = Awaited<ReturnType<World['cast']>>
const resources = [...RESOURCES, ...teamResources] as unknown as readonly AnyResource[]

/** The statement of a list is kept by the text of its query: the same text asked again, by others, elsewhere and later. */
describe('a list that is asked again', () => {
  let world: World
  let cast: Cast
  before(async () => {
    world = await startWorld({ resources })
    cast = await world.cast()
    await fill(world, [cast.owner, cast.stranger], 10)
  })
  after(() => world.close())

  const ask = (person: Person, path: string) => world.rest(person, 'GET', path)
  const list = async (person: Person, path: string): Promise<Json> => {
    const { status, body } = await ask(person, path)
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }
  const idsOf = ({ data }: Json) => (data as { id: number }[]).map(({ id }) => id)
  const added = (person: Person, name: string) =>
    world.sql('insert into drawers (name, user_id) values ($1, $2)', [name, person.id])

  it('shows each reader their own records and fields by the same text', async () => {
    await added(cast.owner, 'of the owner')
    await added(cast.stranger, 'of the stranger')
    for (let turn = 0; turn < 3; turn++) {
      for (const [person, name] of [
        [cast.owner, 'of the owner'],
        [cast.stranger, 'of the stranger']
      ] as const) {
        const { data, total } = await list(person, '/drawers?sort=name&limit=5')
        assert.deepEqual([(data as Json[]).map((row) => row.name), total], [[name], 1])
      }
      assert.equal((await ask(cast.anonymous, '/drawers?sort=name&limit=5')).status, 401)
      const [seen, unseen] = [await list(cast.admin, '/goods?limit=1'), await list(cast.anonymous, '/goods?limit=1')] // prettier-ignore
      assert.deepEqual([seen, unseen].map(({ data }) => 'hidden' in (data as [Json])[0]), [true, false]) // prettier-ignore
    }
  })

  it('has the records and the total of now', async () => {
    const path = '/drawers?name[$gte]=now&name[$lt]=nox&limit=2'
    for (let count = 0; count < 4; count++) {
      const { headers, body } = await ask(cast.owner, path)
      assert.deepEqual([idsOf(body).length, body.total], [Math.min(2, count), count])
      assert.equal(headers.get('link')?.includes('rel="next"') ?? false, count > 2)
      await added(cast.owner, `now ${count}`)
    }
  })

  it('is another one at another address', async () => {
    for (let turn = 0; turn < 2; turn++) {
      assert.deepEqual(Object.keys(await list(cast.owner, '/goods?limit=3')), [
        'total',
        'limit',
        'skip',
        'data'
      ])
      assert.equal('next_cursor' in (await list(cast.owner, '/goods/cursor?limit=3')), true)
      assert.equal('count' in (await list(cast.owner, '/goods/pages?page_size=3')), true)
      assert.equal('count' in (await list(cast.owner, '/goods?page_size=3')), true)
    }
  })

  it('is refused again', async () => {
    for (let turn = 0; turn < 2; turn++) {
      const { status, body } = await ask(cast.owner, '/goods?prize=3')
      assert.deepEqual([status, (body.error as Json).code], [400, 'BAD_QUERY'])
      assert.equal((await ask(cast.owner, '/goods?sort=hidden')).status, 403)
      assert.equal((await ask(cast.admin, '/goods?sort=hidden')).status, 200)
    }
  })

  it('follows what its reader may see, also where that changes in between', async () => {
    const made = async (path: string, body: Json) =>
      (await world.rest(cast.admin, 'POST', path, { body })).body
    const team = await made('/teams', { name: 'Red' })
    const board = await made('/boards', { title: 'Plans', team_id: team.id })
    await world.settled()
    const path = '/boards?sort=-id&limit=5'
    assert.equal((await ask(cast.owner, path)).status, 403)
    const row = await made('/team-members', { team_id: team.id, user_id: cast.owner.id })
    await world.settled()
    for (let turn = 0; turn < 2; turn++) assert.deepEqual(idsOf(await list(cast.owner, path)), [board.id])
    await world.rest(cast.admin, 'DELETE', `/team-members/${row.id}`)
    await world.settled()
    for (let turn = 0; turn < 2; turn++) assert.equal((await ask(cast.owner, path)).status, 403)
  })
})
