import assert from 'node:assert/strict'
import { boolean, defineResource, text } from '../../packages/rachis/src/declare'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { openStream } from './reader'

type Declared = Parameters<typeof defineResource>[1]

const FIELDS = { title: text(), is_open: boolean({ default: true }) }
const ANYBODY = { read: true, create: true, update: true, remove: true } as const
const posts = (declared: Partial<Declared> = {}) =>
  defineResource('posts', {
    fields: FIELDS,
    access: { ...ANYBODY, read: { is_open: true } },
    ...declared
  } as Declared)
const others = defineResource('others', { fields: { title: text() }, access: ANYBODY })

describe('a client that comes back to other declarations', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ resources: [posts(), others] })
    owner = await world.register('owner')
    await world.settled()
  })
  after(() => world?.close())

  /** Why a client of before has to fetch anew at a process with these declarations; what it is told nothing of is as it was. */
  const resetsAt = async (resources: Parameters<typeof startWorld>[0] & object): Promise<Json> => {
    const secret_key = `of-the-tests-only-${world.database}`
    const [before, after] = [
      world,
      await startWorld({ ...resources, database: world.database, settings: { secret_key } })
    ]
    try {
      const query = '?resources=posts,others'
      const first = await openStream(before, owner, query)
      first.close()
      const back = await openStream(after, owner, query, { 'Last-Event-ID': first.lastId! })
      await back.event('synced')
      back.close()
      const told = back.events.filter(({ event }) => event.endsWith(' reset'))

      return Object.fromEntries(told.map(({ event, data }) => [event, data.reason])) as Json
    } finally {
      await after.close(true)
    }
  }

  it('goes on where they are the same', async () => {
    assert.deepEqual(await resetsAt({ resources: [posts(), others] }), {})
  })

  it('fetches anew what is read by another rule, though its keys are the same', async () => {
    const access = { ...ANYBODY, read: { is_open: false } }
    assert.deepEqual(await resetsAt({ resources: [posts({ access }), others] }), { 'posts reset': 'schema' })
  })

  it('fetches anew what looks otherwise', async () => {
    const fields = { is_open: FIELDS.is_open }
    assert.deepEqual(await resetsAt({ resources: [posts({ fields }), others] }), { 'posts reset': 'schema' })
  })

  it('is told so behind a cache as well', async () => {
    const poll = (at: World, query: string) => at.rest(owner, 'GET', `/events/poll?resources=posts${query}`)
    const { body } = await poll(world, '')
    const secret_key = `of-the-tests-only-${world.database}`
    const access = { ...ANYBODY, read: { is_open: false } }
    const other = await startWorld({ resources: [posts({ access }), others], database: world.database, settings: { secret_key } }) // prettier-ignore
    try {
      const { body: told } = await poll(other, `&after=${body.position}`)
      assert.deepEqual(told.events, [{ event: 'posts reset', data: { reason: 'schema' } }])
    } finally {
      await other.close(true)
    }
  })
})
