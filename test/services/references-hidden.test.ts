import assert from 'node:assert/strict'
import {
  $user,
  anyone,
  authenticated,
  belongsTo,
  defineResource,
  owner,
  text
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const own = { user_id: $user.id }
const boards = defineResource('boards', {
  fields: { name: text(), user_id: owner('users') },
  access: { read: own, create: authenticated }
})
const onBoard = () => belongsTo('boards' as never, { on_delete: 'cascade' })
const fields = () => ({ title: text(), board_id: onBoard(), user_id: owner('users') })
/** Anybody signed in may change them; their owners alone read them. */
const ballots = defineResource('ballots', {
  fields: fields(),
  access: { read: own, create: authenticated, update: authenticated }
})
/** Everybody reads them, but for the board. */
const forms = defineResource('forms', {
  fields: fields(),
  access: {
    read: anyone,
    create: authenticated,
    update: authenticated,
    fields: { board_id: { read: { $user: { role: 'admin' } } } }
  }
})
const RESOURCES = [boards, ballots, forms] as unknown as AnyResource[]

describe('a reference of a record whose writer may not read it', () => {
  let world: World
  let people: Record<'owner' | 'stranger', Person>
  const made = async (person: Person, path: string, body: Json): Promise<number> =>
    (await world.rest(person, 'POST', path, { body })).body.id

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    people = await world.cast()
  })
  after(() => world?.close())

  for (const path of ['/ballots', '/forms']) {
    it(`is not told by trying: ${path}`, async () => {
      const { owner, stranger } = people
      const [present, other] = [await made(owner, '/boards', { name: 'x' }), await made(owner, '/boards', { name: 'y' })] // prettier-ignore
      const mine = await made(stranger, '/boards', { name: 'z' })
      await made(owner, path, { title: 'x', board_id: present })
      const [row] = await world.sql(`select id::int, board_id::int from ${path.slice(1)}`)
      assert.equal(row!.board_id, present)
      const change = async (method: string, board_id: number) => {
        const { status, body } = await world.rest(stranger, method, `${path}/${row!.id}`, { body: { title: 'y', board_id } }) // prettier-ignore
        return { status, error: { ...body.error, trace_id: '' } }
      }
      for (const method of ['PATCH', 'PUT']) {
        const answer = await change(method, present)
        assert.deepEqual([answer.status, answer.error.code], [409, 'MISSING_REFERENCE'])
        assert.deepEqual(answer, await change(method, other))
      }
      assert.deepEqual(await world.sql(`select title, board_id::int from ${path.slice(1)}`), [{ title: 'x', board_id: present }]) // prettier-ignore
      await change('PATCH', mine)
      assert.deepEqual(await world.sql(`select title, board_id::int from ${path.slice(1)}`), [{ title: 'y', board_id: mine }]) // prettier-ignore
    })
  }
})
