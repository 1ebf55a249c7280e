import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

const JSON_TYPE = 'application/json'
const PROBLEM = 'application/problem+json'
const VENDOR = 'application/vnd.rachis.v1+json'

describe('what is answered', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
  })
  after(() => world?.close())

  const asking = (Accept: string, person = owner) =>
    world.rest(person, 'GET', '/tasks', { headers: { Accept } })
  const typeOf = (headers: Headers) => headers.get('content-type')!.split(';')[0]

  const ROWS: [accept: string, status: number, type: string, errorType: string][] = [
    ['application/json;charset=utf-8', 200, JSON_TYPE, JSON_TYPE],
    ['application/json; q=0.5; charset=UTF-8', 200, JSON_TYPE, JSON_TYPE],
    ['Application/JSON;version=1', 200, JSON_TYPE, JSON_TYPE],
    ['application/json;version=2', 406, JSON_TYPE, JSON_TYPE],
    ['application/json;q=0', 406, JSON_TYPE, JSON_TYPE],
    [VENDOR, 200, VENDOR, VENDOR],
    [`${VENDOR};charset=utf-8, text/html`, 200, VENDOR, VENDOR],
    [`${JSON_TYPE}, ${VENDOR};q=0.5`, 200, JSON_TYPE, JSON_TYPE],
    [`${JSON_TYPE}, ${PROBLEM}`, 200, JSON_TYPE, PROBLEM],
    [PROBLEM, 200, JSON_TYPE, PROBLEM],
    ['*/*', 200, JSON_TYPE, JSON_TYPE]
  ]
  for (const [accept, status, type, errorType] of ROWS)
    it(`has a type that ${accept} accepts`, async () => {
      const answer = await asking(accept)
      assert.deepEqual([answer.status, typeOf(answer.headers)], [status, type])
      const refused = await asking(accept, anonymous)
      assert.equal(typeOf(refused.headers), errorType)
      assert.match(refused.headers.get('vary') ?? '', /Accept/)
    })

  it('is an error as RFC 9457 says for who asks for that', async () => {
    const { status, body, headers } = await asking(`${PROBLEM};q=0.9`, anonymous)
    assert.equal(status, 401)
    const { type, title, detail, code, trace_id } = body
    assert.deepEqual(
      { type, title, status: body.status, detail, code, trace_id },
      { type: 'about:blank', title: 'Unauthorized', status: 401, detail: 'Sign in to do this', code: 'NOT_AUTHENTICATED', trace_id: headers.get('x-request-id') }
    ) // prettier-ignore
  })
})
