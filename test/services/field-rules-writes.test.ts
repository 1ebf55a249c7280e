import assert from 'node:assert/strict'
import type { Answer, Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { Cast } from './profiles'
import { maker, RESOURCES } from './profiles'

const withoutTrace = ({ status, body }: Answer) => ({ status, body: { ...body, error: { ...body.error, trace_id: '' } } }) // prettier-ignore

describe('writes of records with fields whose rules ask of the record', () => {
  let world: World
  let cast: Cast
  let make: ReturnType<typeof maker>
  let count = 0
  const email = () => `p${++count}@x.org`
  const call = (person: Person, method: string, path: string, body?: Json): Promise<Answer> =>
    world.rest(person, method, path, { body })
  const rowOf = async (table: string, id: unknown) => (await world.sql(`select * from ${table} where id = $1`, [id]))[0]! // prettier-ignore

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    cast = await world.cast()
    make = maker(world)
  })
  after(() => world.close())

  const post = (body: Json = {}, person = cast.owner) =>
    make(person, '/profile-posts', { title: 'A', body: 'text', ...body })
  const pathOf = ({ id }: { id: number }) => `/profile-posts/${id}`

  describe('their answers', () => {
    it('leave out what a read would leave out, by the record as it became', async () => {
      const made = await post({ is_draft: false })
      assert.equal(made.body, 'text')
      assert.equal(made.note, null)
      const { status, body } = await call(cast.stranger, 'PATCH', pathOf(made), { title: 'B' })
      assert.equal(status, 200)
      assert.equal(body.body, 'text')
      assert.equal('note' in body, false)
      const hidden = await call(cast.stranger, 'PATCH', pathOf(made), { is_draft: true })
      assert.deepEqual(['body' in hidden.body, 'profile_id' in hidden.body], [false, false])
      const removed = await call(cast.admin, 'DELETE', pathOf(made))
      assert.deepEqual([removed.status, 'body' in removed.body, removed.body.note], [200, false, null])
    })

    it('leave out related records whose key is hidden', async () => {
      const profile = await make(cast.owner, '/profiles', { name: 'Ova', email: email() })
      const made = await post({ profile_id: profile.id })
      const path = `${pathOf(made)}?include=profile`
      const mine = await call(cast.owner, 'PATCH', path, { title: 'B' })
      assert.equal(mine.body.profile.name, 'Ova')
      const theirs = await call(cast.stranger, 'PATCH', path, { title: 'C' })
      assert.deepEqual(['profile' in theirs.body, 'profile_id' in theirs.body], [false, false])
      const shown = await call(cast.stranger, 'PATCH', path, { is_draft: false })
      assert.equal(shown.body.profile.name, 'Ova')
      assert.equal('email' in shown.body.profile, false)
    })
  })

  describe('a rule of writing', () => {
    it('is asked of the record as it was', async () => {
      const made = await post()
      assert.equal((await call(cast.owner, 'PATCH', pathOf(made), { rank: 3 })).body.rank, 3)
      const refused = await call(cast.stranger, 'PATCH', pathOf(made), { rank: 4 })
      assert.deepEqual([refused.status, refused.body.error.field], [403, 'rank'])
      await call(cast.owner, 'PATCH', pathOf(made), { is_draft: false })
      assert.equal((await call(cast.owner, 'PATCH', pathOf(made), { rank: 5 })).status, 403)
      assert.equal((await call(cast.owner, 'PATCH', pathOf(made), { rank: 5, is_draft: true })).status, 403)
      assert.equal((await call(cast.admin, 'PATCH', pathOf(made), { rank: 6 })).body.rank, 6)
      assert.equal((await rowOf('profile_posts', made.id)).is_draft, false)
    })

    it('is asked of the record as it becomes, and nothing is changed where it does not hold', async () => {
      const made = await post()
      const refused = await call(cast.owner, 'PATCH', pathOf(made), { rank: 1, title: 'B', is_draft: false })
      assert.equal(refused.status, 403)
      const { rank, title, is_draft } = await rowOf('profile_posts', made.id)
      assert.deepEqual({ rank, title, is_draft }, { rank: 0, title: 'A', is_draft: true })
    })

    it('is asked of a record that is created, one or many', async () => {
      const create = (body: unknown) => call(cast.owner, 'POST', '/profile-posts', body as Json)
      assert.equal((await create({ title: 'A', rank: 2 })).status, 201)
      assert.equal((await create({ title: 'A', rank: 2, is_draft: false })).status, 403)
      const [before] = await world.sql('select count(*)::int as n from profile_posts')
      assert.equal((await create([{ title: 'A', rank: 2 }, { title: 'B', rank: 2, is_draft: false }])).status, 403) // prettier-ignore
      assert.deepEqual(await world.sql('select count(*)::int as n from profile_posts'), [before])
      const many = await create([{ title: 'A', rank: 2 }, { title: 'B', is_draft: false }]) // prettier-ignore
      assert.deepEqual([many.status, many.body.map(({ rank }: Json) => rank)], [201, [2, 0]])
    })

    it('lets what was read be sent back, and nothing be found out by trying', async () => {
      const made = await post({ note: 'mine', rank: 2 })
      const { status, body } = await call(cast.stranger, 'PATCH', pathOf(made), { rank: 2, title: 'B' })
      assert.deepEqual([status, body.title], [200, 'B'])
      for (const note of ['mine', 'other', null])
        assert.equal((await call(cast.stranger, 'PATCH', pathOf(made), { note })).status, 403)
      // An administrator reads the note and does not write it.
      assert.equal((await call(cast.admin, 'PATCH', pathOf(made), { note: 'mine', rank: 3 })).status, 200)
      assert.equal((await call(cast.admin, 'PATCH', pathOf(made), { note: 'other' })).status, 403)
      const sent = (await call(cast.owner, 'GET', pathOf(made))).body
      const put = await call(cast.owner, 'PUT', pathOf(made), { ...sent, is_draft: false })
      assert.deepEqual([put.status, put.body.is_draft, put.body.rank], [200, false, 3])
    })

    it('lets who never writes a field send it back where they read it', async () => {
      const made = await post()
      await call(cast.admin, 'PATCH', pathOf(made), { score: 7 })
      const send = async (person: Person, score: number) =>
        (await call(person, 'PATCH', pathOf(made), { score, title: 'B' })).status
      assert.deepEqual([await send(cast.owner, 7), await send(cast.owner, 8)], [200, 403])
      assert.deepEqual([await send(cast.stranger, 7), await send(cast.stranger, 8)], [403, 403])
    })

    it('has a PUT leave as it is what its sender may not write', async () => {
      const made = await post({ note: 'mine', rank: 2 })
      const put = await call(cast.stranger, 'PUT', pathOf(made), { title: 'B' })
      assert.equal(put.status, 200)
      const { note, rank, title } = await rowOf('profile_posts', made.id)
      assert.deepEqual({ note, rank, title }, { note: 'mine', rank: 2, title: 'B' })
      assert.equal((await call(cast.owner, 'PUT', pathOf(made), { title: 'C' })).status, 200)
      const after = await rowOf('profile_posts', made.id)
      assert.deepEqual([after.note, after.rank], [null, 0])
    })

    it('tells nobody that there is a record', async () => {
      const missing = await call(cast.owner, 'PATCH', '/profile-posts/987654', { rank: 1 })
      assert.equal(missing.status, 404)
    })
  })

  it('tell by a conflict that a value is taken, and not by whom, in the words of any other conflict', async () => {
    const theirs = email()
    await make(cast.stranger, '/profiles', { name: 'Sue', email: theirs })
    const mine = email()
    await make(cast.owner, '/profiles', { name: 'Ova', email: mine })
    const create = (taken: string) => call(cast.owner, 'POST', '/profiles', { name: 'x', email: taken })
    const hidden = await create(theirs)
    assert.equal(hidden.status, 409)
    assert.deepEqual(withoutTrace(hidden), withoutTrace(await create(mine)))
  })

  it('compare a reference with what is there for who may read it alone', async () => {
    const room = await make(cast.owner, '/profile-rooms', { title: 'R' })
    const made = await post({ room_id: room.id })
    const name = (room_id: unknown) => call(cast.stranger, 'PATCH', pathOf(made), { room_id })
    const hidden = await name(room.id)
    assert.equal(hidden.body.error.code, 'MISSING_REFERENCE')
    assert.deepEqual(withoutTrace(hidden), withoutTrace(await name(987_654)))
    await call(cast.owner, 'PATCH', pathOf(made), { is_draft: false })
    assert.equal((await name(room.id)).status, 200)
    assert.equal((await name(987_654)).body.error.code, 'MISSING_REFERENCE')
  })

  it('keep what others hide out of the history, by the record as it was', async () => {
    const made = await make(cast.owner, '/profiles', { name: 'Ova', email: email(), phone: '1' })
    const path = `/profiles/${made.id}`
    await call(cast.owner, 'PATCH', path, { phone: '2' })
    await call(cast.owner, 'PATCH', path, { shows_phone: true })
    await call(cast.owner, 'PATCH', path, { phone: '3' })
    await call(cast.owner, 'PATCH', path, { shows_phone: false, phone: '4' })
    await call(cast.owner, 'PATCH', path, { phone: '5', mood: 'low' })
    const phones = async (person: Person) =>
      (await call(person, 'GET', `${path}/history`)).body.data
        .map(({ changes }: Json) => changes.phone && [changes.phone.from, changes.phone.to])
        .reverse()
    assert.deepEqual(await phones(cast.stranger), [undefined, [null, '2'], ['2', '3'], ['3', null]])
    assert.deepEqual(await phones(cast.owner), [[null, '1'], ['1', '2'], undefined, ['2', '3'], ['3', '4'], ['4', '5']]) // prettier-ignore
    const { body } = await call(cast.stranger, 'GET', `${path}/history`)
    assert.equal(body.total, 4)
    assert.doesNotMatch(JSON.stringify(body), /x\.org|mood|"4"|"5"|"1"/)
  })
})
