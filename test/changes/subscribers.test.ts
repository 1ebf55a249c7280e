import assert from 'node:assert/strict'
import { Asking } from '../../packages/rachis/src/feed/asking'
import type { Packet, Subscriber } from '../../packages/rachis/src/feed/subscriber'
import { parseStream } from '../../packages/rachis/src/service/subscription'
import { audienceCompiler } from '../../packages/rachis/src/rules/audience'
import { idIn } from '../../packages/rachis/src/testing/conformance/positions'
import type { Listener, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

describe('subscribers', () => {
  let world: World
  let cast: Record<'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin', Person>
  let socket: Listener
  let audienceOf: ReturnType<typeof audienceCompiler>
  let leave: (() => void)[] = []
  before(async () => {
    world = await startWorld()
    audienceOf = audienceCompiler(world.app.get('engine').models)
    cast = await world.cast()
    socket = await world.socket(cast.owner)
  })
  after(() => world?.close())
  beforeEach(async () => {
    await socket.told()
    socket.forget()
  })
  afterEach(() => {
    for (const end of leave) end()
    leave = []
  })

  /** What a subscriber without any transport is sent. */
  const record = async (person: Person, query?: object): Promise<Packet[]> => {
    const { subscribe, models } = world.app.get('engine')
    const user = person.id ? await world.app.service('users').get(person.id) : null
    const packets: Packet[] = []
    const { asked = [], others = true } = parseStream(models, { ...query }, user) ?? {}
    const asks = new Asking(others)
    for (const one of asked) asks.add(one, user)
    const subscriber: Subscriber = {
      audience: audienceOf(user as never),
      ...(query ? { asks } : {}),
      send: (packet) => void packets.push(packet)
    }
    leave.push(subscribe(subscriber))

    return packets
  }
  const namesOf = (packets: readonly Packet[]) => packets.map(({ path, event }) => `${path} ${event}`)
  const write = async (method: string, path: string, body?: object, person = cast.owner) => {
    const answer = await world.rest(person, method, path, { body })
    assert.ok(answer.status < 300, JSON.stringify(answer.body))

    return answer.body
  }

  it('are sent what a socket of theirs is sent, and nobody else is', async () => {
    const [mine, others, nobody] = [await record(cast.owner), await record(cast.stranger), await record(anonymous)]
    const { id } = await write('POST', '/tasks', { title: 'New' })
    await write('PATCH', `/tasks/${id}`, { title: 'Changed' })
    await write('POST', `/tasks/${id}/start`, {})
    await write('DELETE', `/tasks/${id}`)
    await world.settled()
    await socket.drained()
    const sent = socket.events.map(({ name, data, meta }) => ({ name, data, position: idIn(meta.position as string), tx: meta.tx }))
    // As JSON, which has no dates.
    const told = JSON.parse(JSON.stringify(mine.map(({ path, event, ...rest }) => ({ name: `${path} ${event}`, ...rest }))))
    assert.deepEqual(namesOf(mine), ['tasks created', 'tasks patched', 'tasks patched', 'tasks start', 'tasks removed'])
    assert.deepEqual(told, sent)
    assert.deepEqual([...others, ...nobody], [])
  }) // prettier-ignore

  it('are told of an action by its event where the resource declares one of that name, and of the change alone otherwise', async () => {
    const { id } = await write('POST', '/tasks', { title: 'By hand' })
    await world.settled()
    const packets = await record(cast.owner)
    for (const action of ['start', 'paint'])
      await world.sql(
        `select set_config('app.context', '{"resource": "tasks", "action": "${action}"}', true); update tasks set title = '${action}' where id = ${id}`
      )
    await world.settled()
    const { events } = world.app.get('engine').models.find(({ name }) => name === 'tasks')!
    assert.ok(!events.some(({ name }) => name === 'paint'))
    assert.deepEqual(namesOf(packets), ['tasks patched', 'tasks start', 'tasks patched'])
  })

  it('who see the same are sent the same packet, which a transport encodes once', async () => {
    const [one, same, admin] = [await record(cast.owner), await record(cast.owner), await record(cast.admin)]
    await write('POST', '/tasks', { title: 'Shared' })
    await world.settled()
    assert.equal(one.length, 1)
    assert.equal(one[0], same[0])
    assert.deepEqual(admin, [])
  })

  it('with filters are sent of the records that match: those that come to match, and those that match no more', async () => {
    const open = { resources: 'tasks', filter: { tasks: { status: 'pending' } } }
    const [filtered, all] = [await record(cast.owner, open), await record(cast.owner)]
    const { id } = await write('POST', '/tasks', { title: 'To do' })
    await write('PATCH', `/tasks/${id}`, { title: 'Still to do' })
    await write('POST', `/tasks/${id}/start`, {})
    await write('PATCH', `/tasks/${id}`, { title: 'On its way' })
    await write('PATCH', `/users/${cast.owner.id}`, { first_name: 'New' })
    await world.settled()
    assert.deepEqual(namesOf(filtered), ['tasks created', 'tasks patched', 'tasks removed'])
    assert.equal(filtered[2]!.data.id, id)
    assert.ok(namesOf(all).includes('users patched') && namesOf(all).includes('tasks start'))
    await world.sql('truncate products cascade')
    while (!namesOf(all).includes('products reset')) await world.settled()
    assert.ok(!namesOf(filtered).includes('products reset'), 'nor of other resources')
  })
})
