import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Json, Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { teamResources } from './teams'

type Cast = Record<'owner' | 'stranger' | 'manager' | 'admin', Person>

describe('memberships by a join table', () => {
  let world: World
  let second: World
  let people: Cast
  let team: Json
  let other: Json
  let board: Json
  /** The row that joins the owner to the team. */
  let row: Json

  const make = async (path: string, body: Json, person: Person = people.admin): Promise<Json> => {
    const answer = await world.rest(person, 'POST', path, { body })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))

    return answer.body
  }
  const join = (person: Person, fields: Json = {}) =>
    make('/team-members', { team_id: team.id, user_id: person.id, ...fields })

  before(async () => {
    world = await startWorld({ resources: teamResources })
    second = await startWorld({ database: world.database, resources: teamResources })
    people = (await world.cast()) as Cast
  })
  after(async () => {
    await second.close(true)
    await world.close()
  })
  beforeEach(async () => {
    ;[team, other] = [await make('/teams', { name: 'Red' }), await make('/teams', { name: 'Blue' })]
    board = await make('/boards', { title: 'Plans', team_id: team.id })
    await make('/boards', { title: 'Of others', team_id: other.id })
    row = await join(people.owner)
    await join(people.manager, { rank: 'lead' })
    await world.settled()
    await second.settled()
  })
  afterEach(() => world.sql('delete from team_members'))

  const read = (person: Person, at = world) => at.rest(person, 'GET', `/boards/${board.id}`).then(({ status }) => status) // prettier-ignore
  const bySocket = (socket: Listener) =>
    socket.call('get', 'boards', board.id).then(() => 200, ({ code }: Json) => code as number) // prettier-ignore
  const write = (person: Person, at = world) =>
    at.rest(person, 'PATCH', `/boards/${board.id}`, { body: { title: 'Plans' } }).then(({ status }) => status)

  /** A second is what is promised. */
  const becomes = async (due: number, ask: () => Promise<number>, most = 1000) => {
    const start = Date.now()
    for (let last = await ask(); last !== due; last = await ask()) {
      assert.ok(Date.now() - start < most, `still ${last} after ${most} ms`)
      await sleep(5)
    }
  }
  const told = async (socket: Listener) =>
    (await socket.drained()).filter((event) => event.startsWith('boards'))

  /** After `change`, the owner is out: at both processes, on REST and on their sockets, which are told so and nobody else's. */
  const leaves = async (change: () => Promise<unknown>) => {
    const [near, far, lead] = [await world.socket(people.owner), await second.socket(people.owner), await world.socket(people.manager)] // prettier-ignore
    assert.deepEqual([await read(people.owner), await read(people.owner, second), await bySocket(far)], [200, 200, 200]) // prettier-ignore
    await change()
    await becomes(403, () => read(people.owner))
    await becomes(403, () => read(people.owner, second))
    await becomes(403, () => bySocket(near))
    await becomes(403, () => bySocket(far))
    for (const socket of [near, far])
      assert.deepEqual((await socket.event('boards removed')).data, { id: board.id })
    await world.settled()
    assert.deepEqual([await told(near), await told(far), await told(lead)], [['boards removed'], ['boards removed'], []]) // prettier-ignore
  }

  /** After `change`, the stranger is in. */
  const enters = async (change: () => Promise<unknown>) => {
    const [near, far, lead] = [await world.socket(people.stranger), await second.socket(people.stranger), await world.socket(people.manager)] // prettier-ignore
    assert.deepEqual([await read(people.stranger), await bySocket(far)], [403, 403])
    await change()
    await becomes(200, () => read(people.stranger))
    await becomes(200, () => read(people.stranger, second))
    await becomes(200, () => bySocket(far))
    for (const socket of [near, far]) assert.deepEqual((await socket.event('boards created')).data, board)
    await world.settled()
    assert.deepEqual([await told(near), await told(far), await told(lead)], [['boards created'], ['boards created'], []]) // prettier-ignore
    await world.sql(`update boards set title = 'Changed' where id = $1`, [board.id])
    assert.equal((await far.event('boards patched')).data.title, 'Changed')
  }

  const at = () => `/team-members/${row.id}`
  const set = (changes: string) => () => world.sql(`update team_members set ${changes} where id = $1`, [row.id, people.stranger.id].slice(0, changes.includes('$2') ? 2 : 1)) // prettier-ignore
  const leaving: Record<string, () => Promise<unknown>> = {
    'is removed by themselves': () => second.rest(people.owner, 'DELETE', at()),
    'is removed by the lead over a socket': async () => (await second.socket(people.manager)).call('remove', 'team-members', row.id), // prettier-ignore
    'no longer counts': () => world.rest(people.manager, 'PATCH', at(), { body: { is_active: false } }),
    'is deleted by SQL': () => world.sql('delete from team_members where id = $1', [row.id]),
    'is given to somebody else by SQL': set('user_id = $2'),
    'no longer counts by SQL': set('is_active = false'),
    'is hidden by SQL': set('deleted_at = now()'),
    'names another team by SQL': () => world.sql('update team_members set team_id = $2 where id = $1', [row.id, other.id]) // prettier-ignore
  }
  for (const [name, change] of Object.entries(leaving))
    it(`end within a second everywhere once the row that joins ${name}`, async () => {
      // Then the owner is in the other team, whose board is another one.
      if (name.includes('another team')) {
        await change()
        await becomes(404, () => read(people.owner))
        await becomes(404, () => read(people.owner, second))
      } else await leaves(change)
    })

  const entering: Record<string, () => Promise<unknown>> = {
    'is created by the lead': () => second.rest(people.manager, 'POST', '/team-members', { body: { team_id: team.id, user_id: people.stranger.id } }), // prettier-ignore
    'is inserted by SQL': () => world.sql('insert into team_members (team_id, user_id) values ($1, $2)', [team.id, people.stranger.id]), // prettier-ignore
    'is given to them by SQL': set('user_id = $2'),
    'counts again': async () => {
      const { id } = await join(people.stranger, { is_active: false })
      await world.sql('update team_members set is_active = true where id = $1', [id])
    },
    'is restored': async () => {
      const [hidden] = await world.sql('insert into team_members (team_id, user_id, deleted_at) values ($1, $2, now()) returning id', [team.id, people.stranger.id]) // prettier-ignore
      await world.rest(people.admin, 'POST', `/team-members/${hidden!.id}/restore`, { body: {} })
    }
  }
  for (const [name, change] of Object.entries(entering))
    it(`begin within a second everywhere once the row that joins ${name}`, () => enters(change))

  it('end with the team, by the cascade, and with all rows at once', async () => {
    const socket = await world.socket(people.owner)
    await world.sql('delete from teams where id = $1', [team.id])
    await becomes(403, () => read(people.owner))
    await becomes(403, () => read(people.owner, second))
    assert.deepEqual((await socket.event('boards removed')).data.id, board.id)
    await world.settled()
    assert.deepEqual([...new Set(await told(socket))], ['boards removed'])
  })

  it('end with a table that is truncated, of which no change tells', async () => {
    const socket = await second.socket(people.owner)
    assert.equal(await read(people.owner), 200)
    await world.sql('truncate team_members')
    await becomes(403, () => read(people.owner), 3000)
    await becomes(403, () => bySocket(socket), 3000)
    await socket.event('boards removed')
    await world.sql(`update boards set title = 'Secret' where id = $1`, [board.id])
    await second.settled()
    assert.ok(!(await told(socket)).includes('boards patched'), 'what happens later is not told')
  })

  it('of which a condition is asked let those do more who meet it', async () => {
    const socket = await world.socket(people.owner)
    assert.deepEqual([await write(people.owner), await write(people.manager), await write(people.stranger)], [403, 200, 403]) // prettier-ignore
    await world.rest(people.admin, 'PATCH', at(), { body: { rank: 'lead' } })
    await becomes(200, () => write(people.owner))
    await becomes(200, () => write(people.owner, second))
    await world.sql(`update team_members set rank = 'member' where id = $1`, [row.id])
    await becomes(403, () => write(people.owner))
    await becomes(403, () => write(people.owner, second))
    await world.settled()
    assert.deepEqual([...new Set(await told(socket))].filter((name) => name !== 'boards patched'), [], 'they saw the same all the time') // prettier-ignore
    const moved = await world.rest(people.manager, 'PATCH', `/boards/${board.id}`, { body: { team_id: other.id } }) // prettier-ignore
    assert.equal(moved.status, 403, 'not into a team that they do not lead')
  })

  it('that are there twice end with the last one', async () => {
    await join(people.owner)
    await world.sql('delete from team_members where id = $1', [row.id])
    await world.settled()
    assert.equal(await read(people.owner), 200)
    await world.sql('delete from team_members where user_id = $1', [people.owner.id])
    await becomes(403, () => read(people.owner))
  })

  it('cannot be claimed: not by a member, nor by whoever calls', async () => {
    const claim = { body: { team_id: team.id, user_id: people.stranger.id } }
    const before = await world.sql('select count(*)::int as rows, (select max(id)::int from changes) as last from team_members') // prettier-ignore
    for (const person of [people.stranger, people.owner])
      assert.equal((await world.rest(person, 'POST', '/team-members', claim)).status, 403)
    assert.equal((await world.rest(people.owner, 'PATCH', at(), { body: { rank: 'lead' } })).status, 403)
    assert.equal((await world.rest(people.stranger, 'PATCH', `/users/${people.stranger.id}`, { body: { team_ids: [team.id] } })).status, 422) // prettier-ignore
    assert.deepEqual(await world.sql('select count(*)::int as rows, (select max(id)::int from changes) as last from team_members'), before) // prettier-ignore
    assert.equal((await world.rest(people.owner, 'GET', '/auth/me')).body.team_ids, undefined)
  })
})
