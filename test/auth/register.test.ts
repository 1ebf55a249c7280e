import assert from 'node:assert/strict'
import type { ErrorCode } from '../../packages/rachis/src/errors/errors'
import type { Json, World } from '../helpers/world'
import { PASSWORD, startWorld } from '../helpers/world'
import { assertRefused, unchanged } from '../input/contract'

let count = 0
const account = (fields: Json = {}) => {
  const name = `person${++count}`
  return { email: `${name}@example.com`, username: name, password: PASSWORD, ...fields }
}

describe('registering', () => {
  let world: World
  before(async () => {
    world = await startWorld()
  })
  after(() => world?.close())

  const post = (path: string, body: unknown) => world.rest({ name: 'somebody' }, 'POST', path, { body })
  const me = (token: string) => world.rest({ name: 'somebody', token }, 'GET', '/auth/me')
  const registered = async (fields: Json = {}): Promise<Json> =>
    (await post('/auth/register', account(fields))).body

  it('makes an account of the role user and signs in', async () => {
    const data = account({ email: 'Ada@Example.COM', username: 'AdaLovelace', first_name: 'Ada' })
    const { status, body } = await post('/auth/register', data)
    assert.equal(status, 201)
    assert.deepEqual(Object.keys(body).sort(), [
      'access_token',
      'expires_in',
      'refresh_token',
      'token_type',
      'user'
    ])
    assert.deepEqual([body.token_type, body.expires_in], ['bearer', 900])
    const { email, username, role, is_active, first_name, is_verified } = body.user
    assert.deepEqual(
      { email, username, role, is_active, first_name, is_verified },
      { email: 'ada@example.com', username: 'adalovelace', role: 'user', is_active: true, first_name: 'Ada', is_verified: false }
    ) // prettier-ignore
    assert.deepEqual((await me(body.access_token)).body, body.user)
  })

  const rows: [what: string, fields: Json, code: ErrorCode, field: string][] = [
    ['a role', { role: 'admin' }, 'VALIDATION_ERROR', 'role'],
    ['a verified mark', { is_verified: true }, 'VALIDATION_ERROR', 'is_verified'],
    ['an id', { id: 1 }, 'VALIDATION_ERROR', 'id'],
    ['no email', { email: undefined }, 'VALIDATION_ERROR', 'email'],
    ['an email that is none', { email: 'nobody' }, 'VALIDATION_ERROR', 'email'],
    ['an email as a list', { email: ['a@example.com'] }, 'VALIDATION_ERROR', 'email'],
    ['a long email', { email: `${'a'.repeat(250)}@example.com` }, 'VALIDATION_ERROR', 'email'],
    ['a short name', { username: 'ab' }, 'VALIDATION_ERROR', 'username'],
    ['a name with a space', { username: 'a b c' }, 'VALIDATION_ERROR', 'username'],
    ['a short password', { password: 'sesam7!' }, 'VALIDATION_ERROR', 'password'],
    [
      'a password as an object',
      { password: { length: 20, secret: 'sesam7!' } },
      'VALIDATION_ERROR',
      'password'
    ],
    ['a password as a list', { password: ['sesam7!', 'sesam7!'] }, 'VALIDATION_ERROR', 'password'],
    ['a password as a number', { password: 77777777 }, 'VALIDATION_ERROR', 'password'],
    ['73 characters of password', { password: 'sesam7!'.padEnd(73, 'x') }, 'VALIDATION_ERROR', 'password'],
    [
      'more than the 72 bytes that bcrypt reads',
      { password: 'ü'.repeat(37) },
      'VALIDATION_ERROR',
      'password'
    ],
    ['U+0000 in a password', { password: 'sesam7!\0xxxxxxx' }, 'VALIDATION_ERROR', 'password'],
    ['a taken email', { email: 'taken@example.com' }, 'DUPLICATE', 'email'],
    ['a taken email in capitals', { email: 'TAKEN@example.COM' }, 'DUPLICATE', 'email'],
    ['a taken name in capitals', { username: 'Taken' }, 'DUPLICATE', 'username']
  ]
  before(() => registered({ email: 'taken@example.com', username: 'taken' }))
  for (const [what, fields, code, field] of rows) {
    it(`refuses ${what}`, () =>
      unchanged(world, async () => {
        const answer = await post('/auth/register', account(fields))
        assertRefused(answer, { code, field })
        assert.doesNotMatch(JSON.stringify(answer.body), /sesam7|77777777|üü/)
      }))
  }

  it('lets nobody make an administrator of themselves by other ways', async () => {
    const { access_token: token, user } = await registered()
    const tries: [string, string, Json][] = [
      ['POST', '/users', account({ role: 'admin' })],
      ['POST', '/users', account({ is_active: true })],
      ['PATCH', `/users/${user.id}`, { role: 'admin' }],
      ['PUT', `/users/${user.id}`, { ...account(), email: user.email, role: 'admin' }]
    ]
    for (const [method, path, body] of tries) {
      const field = 'role' in body ? 'role' : 'is_active'
      assertRefused(await world.rest({ name: 'x', token }, method, path, { body }), {
        code: 'FORBIDDEN',
        field
      })
    }
    const [row] = await world.sql('select role from users where id = $1', [user.id])
    assert.equal(row!.role, 'user')
  })

  it('gives one of two the same email', async () => {
    const data = account()
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => post('/auth/register', { ...data, username: `racer${n}` }))
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
  })
})
