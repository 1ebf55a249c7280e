import assert from 'node:assert/strict'
import {
  $user,
  authenticated,
  boolean,
  belongsTo,
  defineResource,
  integer,
  nullable,
  owner,
  role,
  text,
  asParent,
  withDefault,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { statementsOf } from '../helpers/statements'
import type { Answer, Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const admin = role('admin')
const files = defineResource('files_of_people', {
  path: 'files-of-people',
  audited: { days: 30 },
  fields: {
    name: text(),
    is_open: withDefault(boolean(), false),
    salary: nullable(integer()),
    code: writeOnly(nullable(text())),
    holder_id: nullable(belongsTo('users', { allow_unreadable: true })),
    user_id: owner('users')
  },
  access: {
    read: [{ user_id: $user.id }, { holder_id: $user.id }, { is_open: true }, admin],
    create: authenticated,
    update: [{ user_id: $user.id }, admin],
    remove: [{ user_id: $user.id }, admin],
    fields: { salary: { read: admin, write: admin } }
  }
})
const pages = defineResource('pages_of_files', {
  path: 'pages-of-files',
  audited: { days: 30 },
  soft_delete: true,
  fields: { body: text(), file_id: belongsTo('files_of_people' as never, { on_delete: 'cascade' }) },
  access: { read: { file_id: asParent }, create: authenticated, update: admin, remove: admin }
})
const RESOURCES = [files, pages] as unknown as AnyResource[]

describe('the history of a record', () => {
  let world: World
  let people: Record<'owner' | 'stranger' | 'manager' | 'admin', Person>
  const ask = (person: Person, method: string, path: string, body?: Json): Promise<Answer> =>
    world.rest(person, method, path, { body })
  const make = async (body: Json, person = people.owner): Promise<string> =>
    `/files-of-people/${(await ask(person, 'POST', '/files-of-people', body)).body.id}`
  const history = (person: Person, path: string) => ask(person, 'GET', `${path}/history`)
  const told = async (person: Person, path: string): Promise<unknown[]> =>
    (await history(person, path)).body.data.map(({ event, changes }: Json) => [event, Object.keys(changes).filter((name) => name !== 'updated_at')]) // prettier-ignore

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    people = await world.cast()
  })
  after(() => world.close())

  it('is for whoever may read it now, and not for who could once', async () => {
    const path = await make({ name: 'A', holder_id: people.stranger.id })
    await ask(people.owner, 'PATCH', path, { name: 'B' })
    assert.deepEqual(await told(people.stranger, path), [['patched', ['name']], ['created', ['id', 'name', 'is_open', 'holder_id', 'user_id', 'created_at']]]) // prettier-ignore
    await ask(people.owner, 'PATCH', path, { holder_id: people.manager.id })
    const [lost, never] = [
      await history(people.stranger, path),
      await history(people.stranger, '/files-of-people/987654')
    ]
    assert.equal(lost.status, 404)
    assert.deepEqual({ ...lost.body, error: { ...lost.body.error, trace_id: '' } }, { ...never.body, error: { ...never.body.error, trace_id: '' } }) // prettier-ignore
    const mine = await told(people.manager, path)
    assert.deepEqual(mine.map((entry) => (entry as unknown[])[0]), ['created'], 'what was before is not told') // prettier-ignore
  })

  it('of a removed one is for whoever could remove it', async () => {
    const path = await make({ name: 'A', is_open: true })
    assert.equal((await history(people.stranger, path)).status, 200)
    await ask(people.owner, 'DELETE', path)
    for (const person of [people.owner, people.admin])
      assert.deepEqual((await history(person, path)).body.data.map(({ event }: Json) => event), ['removed', 'created'], person.name) // prettier-ignore
    for (const person of [people.stranger, people.manager])
      assert.equal((await history(person, path)).status, 404, person.name)
  })

  it('that follows another is for whoever may read that one now', async () => {
    const path = await make({ name: 'A', is_open: true })
    const file_id = Number(path.split('/').at(-1))
    const { body } = await ask(people.owner, 'POST', '/pages-of-files', { body: 'x', file_id })
    const page = `/pages-of-files/${body.id}`
    assert.equal((await history(people.stranger, page)).status, 200)
    await ask(people.owner, 'PATCH', path, { is_open: false })
    assert.equal((await history(people.stranger, page)).status, 404)
    assert.equal((await told(people.owner, page)).length, 1)
    await ask(people.admin, 'DELETE', page)
    assert.equal((await history(people.owner, page)).status, 404)
    assert.equal((await told(people.admin, page)).length, 2)
  })

  it('holds no entry, and no gap, for what is hidden from its reader; nor is there an event', async () => {
    const path = await make({ name: 'A', is_open: true })
    await world.settled()
    const [mine, admins] = await Promise.all([people.owner, people.admin].map((one) => world.socket(one)))
    const { body: before } = await ask(people.owner, 'GET', path)
    await ask(people.admin, 'PATCH', path, { salary: 100 })
    await ask(people.owner, 'PATCH', path, { code: 'secret' })
    await ask(people.admin, 'PATCH', path, { salary: 200, name: 'B' })
    await mine!.event('files-of-people patched', ({ name }) => name === 'B')
    await admins!.event('files-of-people patched', ({ name }) => name === 'B')
    assert.equal(mine!.events.length, 1, JSON.stringify(mine!.events))
    assert.deepEqual(admins!.events.map(({ data }) => data.salary), [100, 200]) // prettier-ignore
    const { body: own } = await history(people.owner, path)
    assert.deepEqual([own.total, own.data.length], [2, 2])
    assert.deepEqual(await told(people.owner, path), [['patched', ['name']], ['created', ['id', 'name', 'is_open', 'user_id', 'created_at']]]) // prettier-ignore
    assert.deepEqual((await told(people.admin, path)).slice(0, 2), [['patched', ['name', 'salary']], ['patched', ['salary']]]) // prettier-ignore
    const paged = await ask(people.owner, 'GET', `${path}/history?limit=1&skip=1`)
    assert.deepEqual([paged.body.total, paged.body.data], [2, own.data.slice(1)])
    assert.notEqual((await ask(people.owner, 'GET', path)).body.updated_at, before.updated_at)
  })

  it('is not told of by the time of the record, where only what is hidden changed', async () => {
    const path = await make({ name: 'A' })
    const { body: before } = await ask(people.owner, 'GET', path)
    await ask(people.admin, 'PATCH', path, { salary: 100 })
    assert.deepEqual((await ask(people.owner, 'GET', path)).body, before)
  })

  it('is read page by page, however long it is', async () => {
    const path = await make({ name: 'A' })
    const id = path.split('/').at(-1)
    await world.sql(`do $$ begin for i in 1..1100 loop update files_of_people set name = 'n' || i where id = ${id}; end loop; end $$`) // prettier-ignore
    const page = async (query: string) => (await ask(people.owner, 'GET', `${path}/history?${query}`)).body
    const first = await page('limit=2')
    assert.deepEqual([first.total, first.data.map(({ changes }: Json) => changes.name.to)], [1000, ['n1100', 'n1099']]) // prettier-ignore
    const last = await page('limit=5&skip=998')
    assert.deepEqual([last.total, last.data.map(({ changes }: Json) => changes.name.to)], [1000, ['n102', 'n101']]) // prettier-ignore
    assert.deepEqual((await page('skip=1000')).data, [])
    const statements = await statementsOf(() => page('limit=2'), /"?changes"? where resource/)
    assert.ok(
      statements.every((text) => / limit \$\d+ offset|count\(\*\)/.test(text)),
      statements.join('\n')
    )
  })
})
