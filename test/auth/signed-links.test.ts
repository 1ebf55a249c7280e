import assert from 'node:assert/strict'
import { sign, verify } from '../../packages/rachis/src/accounts/signed-links'
import { $user, authenticated, defineResource, owner, text, Type } from '../../packages/rachis/src/declare'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'

const mine = { user_id: $user.id }
/** Reads that may be linked, reads that may not, and a report that asks a list as its caller. */
const papers = defineResource('papers', {
  fields: { title: text(), user_id: owner('users') },
  access: { read: mine, create: authenticated, update: mine, remove: mine },
  signed_links: ['get', 'find', 'titles'],
  reports: {
    titles: {
      input: Type.Object({ like: Type.Optional(Type.String()) }, { additionalProperties: false }),
      output: Type.Array(Type.String()),
      access: authenticated,
      async run(_input, { app, asCaller }) {
        const { data } = await app.service('papers' as never as 'tasks').find({ ...asCaller, query: {} })
        return data.map(({ title }) => title)
      }
    },
    secrets: {
      input: Type.Object({}, { additionalProperties: false }),
      output: Type.Array(Type.String()),
      access: authenticated,
      run: async () => ['x']
    }
  }
})

describe('signed links', () => {
  let world: World
  let owner: Person
  let stranger: Person
  let admin: Person
  before(async () => {
    world = await startWorld({ resources: [papers] })
    ;({ owner, stranger, admin } = await world.cast())
  })
  after(() => world?.close())

  const write = async (person = owner, title = 'Deed'): Promise<Json> =>
    (await world.rest(person, 'POST', '/papers', { body: { title } })).body
  const ask = (path: string, more: Json = {}, person = owner): Promise<Answer> =>
    world.rest(person, 'POST', '/auth/links', { body: { path: `/api/v1${path}`, ...more } })
  const linkTo = async (path: string, more: Json = {}, person = owner): Promise<string> => {
    const { status, body } = await ask(path, more, person)
    assert.equal(status, 201, JSON.stringify(body))

    return body.url.replace('/api/v1', '')
  }
  const open = (url: string, method = 'GET', body?: Json) => world.rest(anonymous, method, url, { body })

  it('read as whoever made them, without a token', async () => {
    const paper = await write()
    const url = await linkTo(`/papers/${paper.id}`)
    const answer = await open(url)
    assert.deepEqual([answer.status, answer.body], [200, paper])
    assert.equal(answer.headers.get('cache-control'), 'private, no-store')
    assert.equal((await open(url, 'HEAD')).status, 200)
    assertRefused(await open(`/papers/${paper.id}`), { code: 'NOT_AUTHENTICATED' })
    const list = await open(await linkTo('/papers?title=Deed&$limit=1'))
    assert.deepEqual(
      list.body.data.map(({ title }: Json) => title),
      ['Deed']
    )
    assert.ok((await open(await linkTo('/papers/titles?like=%C3%A9%20x'))).body.includes('Deed'))
    const made = await world.sql(
      `select user_id, details from security_events where event = 'signed_link_made' order by id`
    )
    assert.deepEqual(
      [made[0]!.user_id, made[0]!.details.path],
      [String(owner.id), `/api/v1/papers/${paper.id}`]
    )
    assert.ok(!JSON.stringify(made).includes(url.split('signature=')[1]!))
  })

  it('ask the same in another order, and nothing else', async () => {
    const url = await linkTo('/papers?title=Deed&$limit=1')
    const [path, query] = url.split('?') as [string, string]
    const shuffled = `${path}?${query.split('&').reverse().join('&')}`
    assert.equal((await open(shuffled)).status, 200)
    const changed = [
      url.replace('title=Deed', 'title=Will'),
      url.replace('$limit=1', '$limit=2').replace('%24limit=1', '%24limit=2'),
      url.replace('title=Deed&', ''),
      `${url}&$skip=1`,
      `${url}&title=Deed`,
      url.replace('/papers?', '/tasks?'),
      url.replace('/papers?', '/papers/titles?'),
      url.replace('/papers?', '/Papers?'),
      url.replace('/papers?', '//papers?'),
      url.replace(/user=\d+/, `user=${admin.id}`),
      url.replace(/user=\d+/, `user=0${owner.id}`),
      url.replace(/expires=(\d+)/, (_, at) => `expires=${Number(at) + 1}`),
      url.replace(/expires=(\d+)/, 'expires=99999999999'),
      url.replace(/signature=./, (text) => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`),
      url.replace(/signature=.*$/, 'signature='),
      url.replace(/signature=.*$/, `signature=${'A'.repeat(43)}`),
      `${url}&signature=${'A'.repeat(43)}`,
      `${url}&user=${admin.id}`,
      `${url}&expires=99999999999`,
      url.replace('user=', 'user[]=')
    ] // prettier-ignore
    for (const one of changed) {
      const { status, body } = await open(one)
      assert.ok([401, 403, 404].includes(status), `${one}: ${status}`)
      assert.ok(!JSON.stringify(body).includes('Deed'))
    }
    assert.ok(
      (await world.sql(`select id from security_events where event = 'signed_link_refused'`)).length > 0
    )
  })

  it('never write, and are made for what is declared only', async () => {
    const paper = await write()
    const url = await linkTo(`/papers/${paper.id}`)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      assertRefused(await open(url, method, { title: 'Mine' }), { code: 'INVALID_LINK' })
    assert.equal((await world.rest(owner, 'GET', `/papers/${paper.id}`)).body.title, 'Deed')
    const others = ['/papers/secrets', '/tasks', '/auth/me', '/users/1', '/nope', '/papers/1/2', '/constructor', '/../papers', '/papers?signature=x', '/papers?user=1', '', '/orders'] // prettier-ignore
    for (const path of others) assertRefused(await ask(path), { code: 'VALIDATION_ERROR', field: 'path' })
    for (const path of ['https://example.com/api/v1/papers', '//example.com/api/v1/papers', 'papers'])
      assertRefused(await world.rest(owner, 'POST', '/auth/links', { body: { path } }), { code: 'VALIDATION_ERROR', field: 'path' }) // prettier-ignore
    // Signed with the right key, yet for what no declaration offers.
    const link = { method: 'GET', query: new URLSearchParams(), user: String(owner.id), expires: Math.floor(Date.now() / 1000) + 60 } as const // prettier-ignore
    for (const path of ['/tasks', '/users', '/auth/me', '/papers/secrets']) {
      const forged = sign(world.app.get('secret_key'), { ...link, path: `/api/v1${path}` })
      assertRefused(await open(forged.replace('/api/v1', '')), { code: 'INVALID_LINK' })
    }
    assertRefused(await ask('/papers', {}, anonymous), { code: 'NOT_AUTHENTICATED' })
  })

  it('hold the rights of now: of a record that is gone, of a user who is switched off', async () => {
    const paper = await write(stranger)
    const url = await linkTo(`/papers/${paper.id}`, {}, stranger)
    const theirs = await linkTo(`/papers/${paper.id}`, {}, owner)
    assertRefused(await open(theirs), { code: 'NOT_FOUND' })
    assert.equal((await open(url)).status, 200)
    const list = await linkTo('/papers', {}, stranger)
    await world.rest(stranger, 'DELETE', `/papers/${paper.id}`)
    assertRefused(await open(url), { code: 'NOT_FOUND' })
    assert.equal((await open(list)).status, 200)
    await world.rest(admin, 'PATCH', `/users/${stranger.id}`, { body: { is_active: false } })
    assertRefused(await open(list), { code: 'INVALID_LINK' })
  })

  it('end when they say so, and last at most as long as is set', async () => {
    const { id } = await write()
    assertRefused(await ask(`/papers/${id}`, { expires_in: 604801 }), {
      code: 'VALIDATION_ERROR',
      field: 'expires_in'
    })
    for (const expires_in of [0, -1, 1.5, '60'])
      assertRefused(await ask(`/papers/${id}`, { expires_in }), {
        code: 'VALIDATION_ERROR',
        field: 'expires_in'
      })
    const { body } = await ask(`/papers/${id}`, { expires_in: 60 })
    const [path, search] = body.url.split('?')
    const at = (now: number) => verify(world.app.get('secret_key'), { method: 'GET', path, search }, now)
    const end = Date.parse(body.expires_at)
    assert.deepEqual([at(end - 1), at(end), at(end + 1)], [String(owner.id), undefined, undefined])
    const over = sign(world.app.get('secret_key'), { method: 'GET', path, query: new URLSearchParams(), user: String(owner.id), expires: Math.floor(Date.now() / 1000) - 1 }) // prettier-ignore
    assertRefused(await open(over.replace('/api/v1', '')), { code: 'INVALID_LINK' })
  })

  it('of another key are refused, also of the one that signs tokens, and after a rotation', async () => {
    const { id } = await write()
    const url = await linkTo(`/papers/${id}`)
    const rotated = await startWorld({
      resources: [papers], database: world.database,
      settings: { secret_key: 'another secret of more than thirty-two characters', auth: { previous_keys: [world.app.get('secret_key')] } }
    }) // prettier-ignore
    assertRefused(await rotated.rest(anonymous, 'GET', url), { code: 'INVALID_LINK' })
    assert.equal((await rotated.rest(owner, 'GET', `/papers/${id}`)).status, 200)
    await rotated.close(true)
  })

  it('go with no token and no key beside them, and are nothing on a socket', async () => {
    const { id } = await write()
    const url = await linkTo(`/papers/${id}`)
    assertRefused(await world.rest(stranger, 'GET', url), { code: 'BAD_REQUEST' })
    assertRefused(await world.rest(anonymous, 'GET', url, { headers: { 'X-API-Key': 'x' } }), {
      code: 'BAD_REQUEST'
    })
    const socket = await world.socket()
    const query = Object.fromEntries(new URLSearchParams(url.split('?')[1]))
    await assert.rejects(socket.call('get', 'papers', id, query))
    const asked = { strategy: 'signed_link', user_id: owner.id }
    const error = await socket.refusal('create', 'authentication', asked)
    assert.equal(error.error.code, 'NOT_AUTHENTICATED')
    assertRefused(await open('/authentication', 'POST', asked), { code: 'NOT_AUTHENTICATED' })
    const { url: bySocket } = await (
      await world.socket(owner)
    ).call('links', 'auth', { path: `/api/v1/papers/${id}` })
    assert.equal((await open(bySocket.replace('/api/v1', ''))).status, 200)
  })

  it('are made by no API key', async () => {
    const key = (await world.rest(owner, 'POST', '/api-keys', { body: { name: 'x', permissions: ['*:*'] } }))
      .body.key
    const answer = await world.rest(anonymous, 'POST', '/auth/links', { body: { path: '/api/v1/papers' }, headers: { 'X-API-Key': key } }) // prettier-ignore
    assertRefused(answer, { code: 'FORBIDDEN' })
  })
})
