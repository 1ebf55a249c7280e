import assert from 'node:assert/strict'
import { accounts, extendAccounts } from '../../packages/rachis/src/accounts'
import { loadTables } from '../../packages/rachis/src/cli/tables'
import { allTables, ownPart } from '../../packages/rachis/src/database/table-extension'
import { $user, defineResource, nullable, role, text, withDefault } from '../../packages/rachis/src/declare'
import type { Application } from '../../packages/rachis/src/declare/declarations'
import type { Json, Person, World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { openStage } from './stage'

const fields = {
  desk: withDefault(text({ maxLength: 20 }), 'news'),
  motto: nullable(text({ maxLength: 80 }))
}
type Fields = typeof fields
declare module 'rachis' {
  interface UserFields extends Fields {}
  interface Roles {
    editor: true
  }
  interface Principal {
    desk: string
  }
}

const module = extendAccounts({
  roles: ['editor'],
  fields,
  access: { desk: { write: role('admin') } }
})
/** Editors write articles, and whoever is of the same desk reads them. */
const articles = defineResource('articles', {
  fields: { title: text(), desk: text({ maxLength: 20 }) },
  access: { read: { desk: $user.desk }, create: role('editor') }
})

/** The service of users has the types of these fields, by their declaration alone. */
export const typed = async (app: Application) => {
  const users = app.service('users')
  const { motto, desk, username } = await users.get(1)
  const shown: { motto: string | null; desk: string; username: string } = { motto, desk, username }
  const [first] = (await users.find()).data
  await users.patch(1, { motto: first!.motto, desk: 'sports' })
  // @ts-expect-error - a field of another type
  await users.patch(1, { desk: 7 })
  // @ts-expect-error - never null
  await users.patch(1, { desk: null })
  // @ts-expect-error - a field that nobody declares
  await users.patch(1, { badge: 'x' })

  return shown
}

describe('accounts with further roles and fields of users', () => {
  let world: World
  let editor: Person
  let sporty: Person
  before(async () => {
    world = await openStage({ modules: [module], resources: [articles] })
    editor = await world.register('editor', { role: 'editor' })
    sporty = await world.register('sporty', { desk: 'sports' })
  })
  after(() => world.close())

  it('asks rules for them, on REST and for events', async () => {
    const [same, other] = [await world.socket(editor), await world.socket(sporty)]
    const body = { title: 'Rain', desk: 'news' }
    assertRefused(await world.rest(sporty, 'POST', '/articles', { body }), { code: 'FORBIDDEN' })
    const made = await world.rest(editor, 'POST', '/articles', { body })
    assert.equal(made.status, 201)
    assert.equal((await same.event('articles created')).data.title, 'Rain')
    assert.equal((await world.rest(sporty, 'GET', `/articles/${made.body.id}`)).status, 404)
    assert.ok(!(await other.told()).includes('articles created'))
  })

  it('shows and takes the fields at /users, by their rules, also who registers without them', async () => {
    const patch = (person: Person, body: Json) => world.rest(person, 'PATCH', `/users/${person.id}`, { body })
    const { status, body } = await patch(editor, { motto: 'Short' })
    assert.deepEqual([status, body.motto, body.desk, body.role], [200, 'Short', 'news', 'editor'])
    assertRefused(await patch(editor, { desk: 'sports' }), { code: 'FORBIDDEN', field: 'desk' })
    const registered = await world.rest(anonymous, 'POST', '/auth/register', {
      body: { email: 'new@example.com', username: 'newcomer', password: 'correct-horse' }
    })
    assert.equal(registered.status, 201)
    const [row] = await world.sql(`select role, desk, motto from users where email = 'new@example.com'`)
    assert.deepEqual(row, { role: 'user', desk: 'news', motto: null })
    await assert.rejects(world.register('nobody', { role: 'pilot' }), /role is not an allowed value/)
  })

  it('leaves to the migrations of the application what was added, and nothing else', async () => {
    const project = { root: '', load: async () => assert.fail(), loadResources: async () => ({ resources: [articles], modules: [module] }) } // prettier-ignore
    const { bases, last, declared } = await loadTables(project, '/nowhere')
    assert.deepEqual(last, bases)
    const [users, own, ...more] = ownPart(bases, declared)
    assert.deepEqual([users!.name, own!.name, more.length], ['users', 'articles', 0])
    assert.deepEqual(
      users!.columns.map(({ name }) => name),
      ['desk', 'motto']
    )
    assert.deepEqual(users!.constraints.map(({ name }) => name).sort(), ['users_desk_check', 'users_motto_check', 'users_role_check']) // prettier-ignore
    const again = allTables(bases, JSON.parse(JSON.stringify(ownPart(bases, declared))))
    assert.deepEqual(ownPart(bases, again), ownPart(bases, declared))
  })

  it('refuses a field that accounts has, or that registering would have to ask for', () => {
    assert.throws(
      () => extendAccounts({ fields: { email: nullable(text()) } }),
      /users\.email is a field of accounts already/
    )
    assert.throws(
      () => extendAccounts({ fields: { badge: text() } }),
      /users\.badge is required, and nobody is asked for it/
    )
    assert.ok(accounts.resources.every((resource) => !('badge' in resource.spec.fields)))
  })
})
