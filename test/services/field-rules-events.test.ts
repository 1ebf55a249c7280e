import assert from 'node:assert/strict'
import type { Json, Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { Cast } from './profiles'
import { maker, RESOURCES } from './profiles'

type Told = readonly [event: string, data: Json]
const NAMES = ['anonymous', 'owner', 'stranger', 'admin'] as const

describe('events of records with fields whose rules ask of the record', () => {
  let world: World
  let cast: Cast
  const sockets = new Map<string, Listener>()
  let count = 0
  const email = () => `e${++count}@x.org`

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    cast = await world.cast()
    for (const name of NAMES) sockets.set(name, await world.socket(cast[name]))
  })
  after(() => world.close())

  const forget = async () => {
    await world.settled()
    for (const socket of sockets.values()) {
      await socket.drained()
      socket.forget()
    }
  }
  const told = async (name: (typeof NAMES)[number]): Promise<Told[]> => {
    await world.settled()
    const socket = sockets.get(name)!
    await socket.drained()

    return socket.events.map((event) => [event.name, event.data] as const)
  }
  const made = async (body: Json = {}) => {
    const profile = await maker(world)(cast.owner, '/profiles', { name: 'Ova', email: email(), ...body })
    await forget()
    return profile
  }
  const patch = (id: number, body: Json, person: Person = cast.owner) =>
    world.rest(person, 'PATCH', `/profiles/${id}`, { body })
  const found = async (name: (typeof NAMES)[number], id: number) =>
    (await world.rest(cast[name], 'GET', `/profiles/${id}`)).body
  /** What everybody was told is one event with the record as a read gives it to them. */
  const toldAsRead = async (event: string, id: number, names: readonly (typeof NAMES)[number][] = NAMES) => {
    for (const name of NAMES) {
      const expected = names.includes(name) ? [[event, await found(name, id)]] : []
      assert.deepEqual(await told(name), expected, name)
    }
  }

  it('have for each receiver what a read would give them', async () => {
    await forget()
    const { id } = await maker(world)(cast.owner, '/profiles', { name: 'Ova', email: email(), phone: '1' })
    await toldAsRead('profiles created', id)
    await forget()
    await patch(id, { name: 'Eva' })
    await toldAsRead('profiles patched', id)
    const [[, data] = assert.fail()] = await told('stranger')
    assert.deepEqual(['email' in data, 'phone' in data, data.name], [false, false, 'Eva'])
  })

  it('are not sent to who sees nothing of a change', async () => {
    const { id } = await made({ phone: '1' })
    await patch(id, { phone: '2', mood: 'low', details: { a: 1 } })
    await toldAsRead('profiles patched', id, ['owner', 'admin'])
  })

  it('tell when a field comes into sight, and when it goes, with the record as it is to be kept', async () => {
    const { id } = await made({ phone: '1' })
    await patch(id, { shows_phone: true })
    await toldAsRead('profiles patched', id)
    assert.equal((await told('stranger'))[0]![1].phone, '1')
    await forget()
    await patch(id, { shows_phone: false, phone: '2' })
    await toldAsRead('profiles patched', id)
    assert.equal('phone' in (await told('stranger'))[0]![1], false)
  })

  it('tell when a value itself takes its field out of sight', async () => {
    const { id } = await made({ stars: 4 })
    await patch(id, { stars: 2 })
    await toldAsRead('profiles patched', id)
    assert.equal('stars' in (await told('stranger'))[0]![1], false)
    await forget()
    await patch(id, { stars: 1 })
    await toldAsRead('profiles patched', id, ['owner', 'admin'])
  })

  it('tell of a removal what each saw before', async () => {
    const { id, ...before } = await made({ phone: '1', shows_phone: true, mood: 'low' })
    await world.rest(cast.owner, 'DELETE', `/profiles/${id}`)
    assert.deepEqual(await told('owner'), [['profiles removed', { id, ...before }]])
    const [[event, data] = assert.fail()] = await told('stranger')
    assert.deepEqual([event, data.phone, 'mood' in data, 'email' in data], ['profiles removed', '1', false, false]) // prettier-ignore
  })

  it('follow SQL by hand that gives a record to somebody else', async () => {
    const { id } = await made({ phone: '1' })
    await world.sql('update profiles set user_id = $2 where id = $1', [id, cast.stranger.id])
    await toldAsRead('profiles patched', id)
    const [[, mine] = assert.fail()] = await told('stranger')
    const [[, lost] = assert.fail()] = await told('owner')
    assert.deepEqual(['email' in mine, 'email' in lost], [true, false])
  })

  it('tell who joins or leaves a team of what they see by that, and nobody else', async () => {
    const team = await maker(world)(cast.admin, '/profile-teams', { title: 'T' })
    const make = (body: Json) =>
      maker(world)(cast.owner, '/profile-posts', { title: 'A', plan: 'secret', ...body })
    const [post, other] = [await make({ team_id: team.id }), await make({})]
    const lead = (person: Person | null) => world.sql('update profile_teams set lead_id = $2 where id = $1', [team.id, person?.id]) // prettier-ignore
    const plans = async (name: (typeof NAMES)[number]) =>
      (await told(name)).filter(([event]) => event.startsWith('profile-posts')).map(([event, { id, plan }]) => [event, id, plan]) // prettier-ignore
    await forget()
    await lead(cast.stranger)
    assert.deepEqual(await plans('stranger'), [['profile-posts patched', post.id, 'secret']])
    for (const name of ['anonymous', 'owner', 'admin'] as const) assert.deepEqual(await plans(name), [])
    await forget()
    await world.sql('update profile_posts set plan = $1 where id in ($2, $3)', ['new', post.id, other.id])
    assert.deepEqual(await plans('stranger'), [['profile-posts patched', post.id, 'new']])
    assert.deepEqual(await plans('anonymous'), [])
    await forget()
    await lead(null)
    assert.deepEqual(await plans('stranger'), [['profile-posts patched', post.id, undefined]])
    await forget()
    await world.sql('update profile_posts set plan = $1 where id = $2', ['newer', post.id])
    assert.deepEqual(await plans('stranger'), [])
  })

  it('tell who gets or loses a role what they see now, of the records alone where that is something else', async () => {
    const { id } = await made({ phone: '1' })
    const { id: open } = await maker(world)(cast.manager, '/profiles', { name: 'Max', email: email() })
    await forget()
    await world.sql(`update users set role = 'admin' where id = $1`, [cast.owner.id])
    const gained = (await told('owner')).filter(([event]) => event.startsWith('profiles '))
    assert.ok(gained.every(([event]) => event === 'profiles patched'))
    const ids = gained.map(([, data]) => data.id)
    assert.ok(ids.includes(open) && !ids.includes(id), JSON.stringify(ids))
    for (const [, data] of gained) assert.deepEqual(data, await found('owner', data.id))
    await forget()
    await world.sql(`update users set role = 'user' where id = $1`, [cast.owner.id])
    const lost = (await told('owner')).filter(([event]) => event === 'profiles patched')
    assert.deepEqual(lost.map(([, data]) => data.id).sort(), [...ids].sort())
    for (const [, data] of lost) assert.equal('email' in data, false)
  })
})
