import assert from 'node:assert/strict'
import { createDatabase } from '../../packages/rachis/src/database/query'
import { CHANGE_COLUMNS, changeOf } from '../../packages/rachis/src/feed/change'
import { Realtime } from '../../packages/rachis/src/feed/consumers/realtime'
import { Parents } from '../../packages/rachis/src/feed/parents'
import type { Packet, Subscriber } from '../../packages/rachis/src/feed/subscriber'
import { audienceCompiler } from '../../packages/rachis/src/rules/audience'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'

describe('rights that change twice in a row', () => {
  let world: World
  before(async () => (world = await startWorld()))
  after(() => world?.close())

  it('have nothing told before it is known what they are, not even what leaves by those of before', async () => {
    const owner = await world.register('owner')
    const { body: task } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'Mine' } })
    await world.rest(owner, 'PATCH', `/tasks/${task.id}`, { body: { title: 'Changed' } })
    const [, patched] = (await world.sql(`select ${CHANGE_COLUMNS} from changes where resource = 'tasks' order by id`)) // prettier-ignore
    const change = changeOf({ ...patched!, id: Number(patched!.id) })
    const { models } = world.app.get('engine')
    const parents = new Parents(createDatabase(world.app.get('postgresqlClient')), models)
    const errors: unknown[] = []
    const realtime = new Realtime({
      models: new Map(models.map((model) => [model.name, model])),
      parents,
      onError: (error) => void errors.push(error)
    })
    const audience = audienceCompiler(models)((await world.app.service('users').get(owner.id!)) as never)
    const packets: Packet[] = []
    const subscriber: Subscriber = { audience, send: (packet) => void packets.push(packet) }
    realtime.join(subscriber)
    realtime.hold(subscriber, change.id - 1)
    realtime.release([subscriber], audience, change.id)
    realtime.hold(subscriber, change.id - 1)
    await realtime.consume([change])
    assert.equal(packets.length, 0, 'told while it was held')
    realtime.release([subscriber], audience, change.id)
    assert.deepEqual(packets.map(({ path, event, data }) => [path, event, data.title]), [['tasks', 'patched', 'Changed']]) // prettier-ignore
    assert.deepEqual(errors, [])
  })
})
