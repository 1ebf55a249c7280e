import assert from 'node:assert/strict'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { Cast } from '../services/profiles'
import { maker, RESOURCES } from '../services/profiles'
import type { StreamReader } from './reader'
import { openStream } from './reader'

describe('event streams of records with fields whose rules ask of the record', () => {
  let world: World
  let cast: Cast
  let mine: Json
  let theirs: Json
  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    cast = await world.cast()
    const make = maker(world)
    mine = await make(cast.owner, '/profiles', { name: 'Ova', email: 'ova@x.org', phone: '1' })
    theirs = await make(cast.stranger, '/profiles', { name: 'Sue', email: 'sue@x.org', phone: '2' })
  })
  beforeEach(() => world.settled())
  after(() => world?.close())

  const patch = (person: Person, { id }: Json, body: Json) =>
    world.rest(person, 'PATCH', `/profiles/${id}`, { body })
  const open = (person: Person, filter: string, headers = {}) =>
    openStream(world, person, `?resources=profiles&filter[profiles]${filter}`, headers)
  /** What a stream was told of a change that is told to everybody, and before it. */
  const toldUntil = async (reader: StreamReader, title: string) => {
    await reader.event('profiles patched', ({ name }) => name === title)
    return reader.events
      .filter(({ event }) => event.startsWith('profiles '))
      .map(({ event, data }) => [event, data.id, data.name, data.email, data.phone])
  }

  it('are told by a filter what a find by it gives, and nothing of what is hidden', async () => {
    const reader = await open(cast.owner, '[email][$ne]=none@x.org')
    await patch(cast.stranger, theirs, { name: 'Sun' })
    await patch(cast.owner, mine, { name: 'Eva' })
    assert.deepEqual(await toldUntil(reader, 'Eva'), [['profiles patched', mine.id, 'Eva', 'ova@x.org', '1']])
    reader.close()
  })

  it('tell of a record as it comes to be found by a field, and as it is no longer', async () => {
    const reader = await open(cast.owner, '[phone]=2')
    await patch(cast.stranger, theirs, { name: 'Hidden' })
    await patch(cast.stranger, theirs, { shows_phone: true })
    await patch(cast.stranger, theirs, { name: 'Shown' })
    await toldUntil(reader, 'Shown')
    await patch(cast.stranger, theirs, { shows_phone: false })
    const { data } = await reader.event('profiles removed')
    assert.deepEqual(
      reader.events.filter(({ event }) => event.startsWith('profiles ')).map(({ event }) => event),
      ['profiles created', 'profiles patched', 'profiles removed']
    )
    assert.equal((data as Json).phone, '2', 'as it was seen before')
    reader.close()
  })

  it('are told what they missed as they may read it', async () => {
    const first = await open(cast.owner, '[name][$ne]=x')
    await patch(cast.owner, mine, { name: 'Before' })
    await toldUntil(first, 'Before')
    first.close()
    await patch(cast.stranger, theirs, { name: 'Missed', phone: '3', mood: 'low' })
    await patch(cast.stranger, theirs, { mood: 'high' })
    await patch(cast.owner, mine, { name: 'After', mood: 'fine' })
    const again = await open(cast.owner, '[name][$ne]=x', { 'Last-Event-ID': first.lastId! })
    assert.deepEqual(await toldUntil(again, 'After'), [
      ['profiles patched', theirs.id, 'Missed', undefined, undefined],
      ['profiles patched', mine.id, 'After', 'ova@x.org', '1']
    ])
    again.close()
  })

  it('are refused to who never sees the field of a filter', async () => {
    await assert.rejects(open(cast.anonymous, '[email]=ova@x.org'), { status: 403 })
  })
})
