import assert from 'node:assert/strict'
import type { Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { OpenStreams, openStream } from '../streams/reader'
import { cast, here, there, withKeys, make, withKey, settled } from './api-keys-stage'

describe('tickets for event streams', () => {
  withKeys()
  const streams = new OpenStreams()
  afterEach(() => streams.close())

  const ticketOf = async (person: Person, world = here): Promise<string> => {
    const { status, body } = await world.rest(person, 'POST', '/events/tickets', { body: {} })
    assert.deepEqual([status, Object.keys(body), body.expires_in], [201, ['ticket', 'expires_in'], 30])

    return body.ticket as string
  }
  const open = (ticket: string, world = here, query = '') =>
    streams.open(world, anonymous, `?ticket=${ticket}${query}`)
  const refusal = (query: string, world = here, headers = {}) =>
    openStream(world, anonymous, query, headers).then(
      () => assert.fail('it was opened'),
      ({ status, body }: { status: number; body: Json }) => [status, body.error.code]
    )
  const USED = [401, 'INVALID_TICKET']
  const create = (person: Person, title: string) => here.rest(person, 'POST', '/tasks', { body: { title } })

  it('open one stream as who asked for them, in any process, and are kept as hashes alone', async () => {
    const ticket = await ticketOf(cast.owner)
    const rows = await here.sql('select * from event_tickets')
    assert.ok(rows.length > 0 && !JSON.stringify(rows).includes(ticket))
    const stream = await open(ticket, there)
    await create(cast.stranger, 'not mine')
    await create(cast.owner, 'mine')
    await stream.event('tasks created', ({ title }) => title === 'mine')
    assert.deepEqual(stream.told(), ['tasks created'])
    assert.deepEqual(await here.sql('select * from event_tickets'), [])
  })

  it('are used up by the first of all that come at once', async () => {
    const ticket = await ticketOf(cast.owner)
    const tries = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((at) => open(ticket, at % 2 ? here : there)))
    const refused = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason as { status: number }] : []))
    assert.deepEqual(refused.map(({ status }) => status), [401, 401, 401, 401, 401])
  }) // prettier-ignore

  it('end EventSource when it comes back by itself; a new one goes on from the last id', async () => {
    const ticket = await ticketOf(cast.owner)
    const first = await open(ticket)
    first.close()
    await create(cast.owner, 'missed')
    await settled()
    // As EventSource comes back. Whatever is not 200 ends it for good, so that its page can ask for another ticket.
    assert.deepEqual(await refusal(`?ticket=${ticket}`, here, { 'Last-Event-ID': first.lastId! }), USED)
    const again = await open(await ticketOf(cast.owner), there, `&last_event_id=${first.lastId}`)
    await again.event('tasks created', ({ title }) => title === 'missed')
  })

  it('are refused once they have expired, where they are none, and beside another credential', async () => {
    const ticket = await ticketOf(cast.owner)
    await here.sql(`update event_tickets set expires_at = now()`)
    assert.deepEqual(await refusal(`?ticket=${ticket}`), USED)
    assert.deepEqual(await refusal(`?ticket=${'x'.repeat(43)}`), USED)
    assert.deepEqual(await refusal(`?ticket=${'x'.repeat(5000)}`), USED)
    assert.deepEqual(await refusal('?ticket=a&ticket=b'), [400, 'BAD_QUERY'])
    const good = await ticketOf(cast.owner)
    const headers = { Authorization: `Bearer ${cast.stranger.token}` }
    assert.deepEqual(await refusal(`?ticket=${good}`, here, headers), [400, 'BAD_REQUEST'])
    await open(good)
  })

  it('are for those who are signed in, and for streams alone', async () => {
    assertRefused(await here.rest(anonymous, 'POST', '/events/tickets', { body: {} }), { code: 'NOT_AUTHENTICATED' }) // prettier-ignore
    const ticket = await ticketOf(cast.owner)
    assertRefused(await here.rest(anonymous, 'GET', `/tasks?ticket=${ticket}`), { code: 'NOT_AUTHENTICATED' })
    assertRefused(
      await here.rest(anonymous, 'POST', '/authentication', { body: { strategy: 'event_ticket', session_id: null, api_key_id: 1 } }),
      { code: 'NOT_AUTHENTICATED' }
    ) // prettier-ignore
    assert.equal((await here.rest(cast.owner, 'DELETE', '/events/tickets')).status, 405)
    await open(ticket)
  })

  it('last no longer than the token that they were asked for with', async () => {
    const person = await here.register('brief')
    const ticket = await ticketOf(person)
    const [row] = await here.sql(`select credential_expires_at - now() as left from event_tickets where session_id is not null and credential_expires_at is not null`) // prettier-ignore
    assert.ok(row)
    await here.sql(`update event_tickets set credential_expires_at = now() + interval '1.5 seconds'`)
    const stream = await open(ticket, there)
    await stream.event('token_expired')
    await stream.ended()
  })

  it('end with their session: the stream goes on as anybody’s, and what is not used opens nothing', async () => {
    const person = await here.register('leaving')
    const [stream, unused] = [await open(await ticketOf(person), there), await ticketOf(person)]
    const { body: task } = await create(person, 'mine')
    await stream.event('tasks created')
    await here.rest(person, 'POST', '/auth/logout', { body: {} })
    await stream.event('tasks removed', ({ id }) => id === task.id)
    await here.app.service('tasks').create({ title: 'later', user_id: person.id } as never)
    await settled()
    assert.deepEqual(stream.told().filter((name) => name.startsWith('tasks')), ['tasks created', 'tasks removed']) // prettier-ignore
    assert.deepEqual(await refusal(`?ticket=${unused}`), [401, 'INVALID_TOKEN'])
  })

  it('of an API key have its permissions, and end with it', async () => {
    const { key, id } = await make(cast.owner, ['event_tickets:issue', 'tasks:read'])
    const { key: other } = await make(cast.owner, ['tasks:read'])
    assertRefused(await withKey(other, 'POST', '/events/tickets', {}), { code: 'FORBIDDEN' })
    const { body } = await withKey(key, 'POST', '/events/tickets', {})
    const stream = await open(body.ticket as string, there)
    await here.rest(cast.owner, 'PATCH', `/users/${cast.owner.id}`, { body: { first_name: 'Hidden' } })
    const { body: task } = await create(cast.owner, 'mine')
    await stream.event('tasks created', (data) => data.id === task.id)
    assert.deepEqual(stream.told(), ['tasks created'])
    await here.rest(cast.owner, 'POST', `/api-keys/${id}/revoke`, { body: {} })
    await stream.event('tasks removed', (data) => data.id === task.id)
  })
})
