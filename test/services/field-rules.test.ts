import assert from 'node:assert/strict'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { Cast } from './profiles'
import { maker, RESOURCES } from './profiles'

const PUBLIC = ['created_at', 'id', 'name', 'shows_phone', 'updated_at', 'user_id']
const ALL = [...PUBLIC, 'details', 'email', 'mentor_id', 'mood', 'phone', 'stars'].sort()

describe('fields whose rule of reading asks of the record', () => {
  let world: World
  let cast: Cast
  const ids: Record<'owner' | 'stranger' | 'manager', number> = { owner: 0, stranger: 0, manager: 0 }
  const get = (person: Person, path: string) => world.rest(person, 'GET', path)
  const named = async (person: Person, query: string): Promise<string[]> => {
    const { status, body } = await get(person, `/profiles?${query}`)
    assert.equal(status, 200, JSON.stringify(body))
    return body.data.map(({ name }: Json) => name)
  }

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    cast = await world.cast()
    const make = maker(world)
    const details = { size: 3, color: 'red' }
    ids.manager = (await make(cast.manager, '/profiles', { name: 'Max', email: 'max@x.org', mood: 'low' })).id
    ids.owner = (await make(cast.owner, '/profiles', { name: 'Ova', email: 'ova@x.org', phone: '1', mood: 'high', details, mentor_id: ids.manager })).id // prettier-ignore
    ids.stranger = (await make(cast.stranger, '/profiles', { name: 'Sue', email: 'sue@x.org', phone: '2', shows_phone: true, mood: 'fine', details, mentor_id: ids.manager })).id // prettier-ignore
  })
  after(() => world.close())

  it('are left out of the records of which the caller may not read them', async () => {
    const keys = async (person: Person, id: number) =>
      Object.keys((await get(person, `/profiles/${id}`)).body).sort()
    assert.deepEqual(await keys(cast.owner, ids.owner), ALL)
    assert.deepEqual(await keys(cast.admin, ids.owner), ALL)
    assert.deepEqual(await keys(cast.stranger, ids.owner), PUBLIC)
    assert.deepEqual(await keys(cast.anonymous, ids.stranger), [...PUBLIC, 'phone'].sort())
    const { body } = await get(cast.owner, '/profiles?sort=id')
    assert.deepEqual(
      body.data.map((row: Json) => [row.name, row.email, row.phone, 'email' in row]),
      [
        ['Max', undefined, undefined, false],
        ['Ova', 'ova@x.org', '1', true],
        ['Sue', undefined, '2', false]
      ]
    )
  })

  it('are chosen like others, and left out where they are hidden', async () => {
    const { body } = await get(cast.owner, '/profiles?fields=email&sort=id')
    assert.deepEqual(body.data, [{ id: ids.manager }, { id: ids.owner, email: 'ova@x.org' }, { id: ids.stranger }]) // prettier-ignore
    assert.deepEqual((await get(cast.stranger, `/profiles/${ids.owner}?fields=email`)).body, { id: ids.owner }) // prettier-ignore
  })

  it('are refused in a query of who never sees them', async () => {
    for (const query of [
      'email=ova@x.org',
      'sort=email',
      'fields=email',
      'details.color=red',
      'include=mentor',
      'mentor.name=Max',
      'include=pupils'
    ])
      // prettier-ignore
      assert.equal((await get(cast.anonymous, `/profiles?${query}`)).status, 403, query)
  })

  it('are compared in the records alone of which the caller may read them, whatever the comparison', async () => {
    const found = [
      'email=ova@x.org', 'email[$ne]=sue@x.org', 'email[$in]=ova@x.org,sue@x.org', 'email[$nin][]=sue@x.org', 'email[$ilike]=%25',
      'email[$gt]=a', 'email[$lte]=z', 'min_email=a', 'max_email=z', 'mood[$null]=false', 'mood=low,high',
      '$or[0][email]=sue@x.org&$or[1][email]=ova@x.org', '$or[0][email][$ne]=sue@x.org&$or[1][email]=sue@x.org',
      'details.color=red', 'details.nope[$null]=true', 'details.size[$gte]=1', 'details.size[$ne]=4',
      'mentor_id[$null]=false', 'mentor.name=Max', 'mentor.name[$ne]=Sue'
    ] // prettier-ignore
    for (const query of found) assert.deepEqual(await named(cast.owner, query), ['Ova'], query)
    const nothing = [
      'email=sue@x.org', 'email[$ne]=ova@x.org', 'email[$nin][]=ova@x.org', 'email[$gt]=ova@x.org', 'mood[$null]=true', 
      'mood=fine', 'mood[$ne]=high', 'details.color[$ne]=red', 'details.color[$null]=true', '$and[0][email]=sue@x.org&$and[1][name]=Sue',
      '$or[0][email]=sue@x.org&$or[1][email][$ne]=ova@x.org', 'mentor_id[$null]=true', 'mentor.name[$ne]=Max', 'mentor.email=max@x.org'
    ] // prettier-ignore
    for (const query of nothing) assert.deepEqual(await named(cast.owner, query), [], query)
    assert.deepEqual(await named(cast.owner, 'phone[$null]=false&sort=id'), ['Ova', 'Sue'])
    assert.deepEqual(await named(cast.admin, 'email[$ne]=sue@x.org&sort=id'), ['Max', 'Ova'])
  })

  it('sort as if they had no value where they are hidden', async () => {
    assert.deepEqual(await named(cast.owner, 'sort=email'), ['Ova', 'Max', 'Sue'])
    assert.deepEqual(await named(cast.owner, 'sort=-mood'), ['Sue', 'Max', 'Ova'])
    assert.deepEqual(await named(cast.owner, 'sort=phone,-name'), ['Ova', 'Sue', 'Max'])
    assert.deepEqual(await named(cast.admin, 'sort=-mood'), ['Ova', 'Sue', 'Max'])
  })

  it('are searched where they are shown, and rank nothing where they are not', async () => {
    const search = (person: Person, words: string) =>
      get(person, `/profiles?search=${encodeURIComponent(words)}`).then(({ body }) =>
        body.data.map(({ name }: Json) => name)
      )
    assert.deepEqual(await search(cast.anonymous, 'ova'), ['Ova'])
    assert.deepEqual(await search(cast.anonymous, 'sue@x.org'), [])
    // Their own is like it.
    assert.deepEqual(await search(cast.owner, 'sue@x.org'), ['Ova'])
    assert.deepEqual(await search(cast.manager, 'sue'), ['Sue'])
    assert.deepEqual(await search(cast.owner, 'ova@x.org'), ['Ova'])
    assert.equal((await search(cast.admin, 'sue@x.org'))[0], 'Sue')
    assert.deepEqual(await search(cast.anonymous, '2'), ['Sue'])
    assert.deepEqual(await search(cast.anonymous, '1'), [])
    // All three names are found; only by what they hide would one of them be the best.
    const make = maker(world)
    const [plain, telling] = [{ name: 'Zed one', email: 'a@b.c' }, { name: 'Zed two', email: 'b@b.c', phone: 'zed zed zed' }] // prettier-ignore
    const made = [await make(cast.stranger, '/profiles', plain), await make(cast.stranger, '/profiles', telling)] // prettier-ignore
    assert.deepEqual(await search(cast.owner, 'zed'), ['Zed one', 'Zed two'])
    assert.deepEqual(await search(cast.stranger, 'zed'), ['Zed two', 'Zed one'])
    for (const { id } of made) await world.rest(cast.stranger, 'DELETE', `/profiles/${id}`)
  })

  it('lead to related records where they are shown, and are shown of those by their own rules', async () => {
    const { body } = await get(cast.owner, '/profiles?include=mentor,pupils&sort=id')
    const [max, ova, sue] = body.data
    assert.equal(ova.mentor.name, 'Max')
    assert.equal('email' in ova.mentor, false)
    assert.equal('mentor' in sue, false)
    assert.deepEqual(
      max.pupils.map((row: Json) => [row.name, row.email]),
      [['Ova', 'ova@x.org']]
    )
    const { body: shown } = await get(cast.owner, `/profiles/${ids.owner}?fields=name&include=mentor`)
    assert.deepEqual(Object.keys(shown), ['id', 'name', 'mentor'])
    assert.deepEqual(await named(cast.owner, 'pupils.name[$ne]=x'), ['Max'])
    assert.deepEqual(await named(cast.owner, 'pupils.name=Sue'), [])
    assert.deepEqual(await named(cast.owner, 'pupils.email=sue@x.org'), [])
    assert.deepEqual(await named(cast.owner, 'pupils.email=ova@x.org'), ['Max'])
  })

  it('are said in the document to be there where their rule holds', async () => {
    const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as Json
    const { required, properties } = document.components.schemas.Profile as Json
    assert.deepEqual([required.includes('name'), required.includes('email'), required.includes('phone')], [true, false, false]) // prettier-ignore
    assert.match(
      properties.phone.description,
      /Read by anyone, where shows_phone is true; or .*role admin\. Left out of the records/
    )
    assert.deepEqual(properties.email['x-read-rule'][0], { user_id: { $user: 'id' } })
  })

  it('are counted in reports where they are shown', async () => {
    const reach = async (person: Person) => (await get(person, '/profiles/reach')).body
    assert.deepEqual(await reach(cast.owner), { emails: 1, longest: 9 })
    assert.deepEqual(await reach(cast.admin), { emails: 3, longest: 9 })
  })
})
