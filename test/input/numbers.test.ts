import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readValue } from '../../packages/rachis/src/model/values'
import { lower } from '../../packages/rachis/src/model/lower'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { samples } from './samples'

const ROW = '"name":"x","kind":"odd","size":1,"price":1,"is_on":true,"tags":[]'
const rowOf = (weight: string, data: string, at = '"2026-11-28"') =>
  `{${ROW},"weight":${weight},"data":${data},"at":${at}}`

describe('numbers and dates of JSON', () => {
  let world: World
  let admin: Person
  before(async () => {
    world = await startWorld({ resources: [samples] })
    admin = await world.register('admin', { role: 'admin' })
  })
  after(() => world?.close())
  const post = (raw: string) =>
    world.rest(admin, 'POST', '/samples', { raw, headers: { 'Content-Type': 'application/json' } })

  it('are never changed: what JSON.parse would round is refused, on REST and on sockets', async () => {
    const socket = await world.socket(admin)
    for (const [weight, data, field] of [
      ['9007199254740993', '{}', 'weight'],
      ['1', '{"n":9007199254740993}', 'data.n'],
      ['1', '{"a":[{"n":-10000000000000001}]}', 'data.a.0.n']
    ] as const) {
      const { status, body } = await post(rowOf(weight, data))
      assert.deepEqual([status, body.error.field], [422, field])
      assert.equal(
        (await socket.refusal('create', 'samples', JSON.parse(rowOf(weight, data)))).error.field,
        field
      )
    }
    assert.deepEqual(await world.sql('select id from samples'), [])
    const { body } = await post(rowOf('9007199254740991', '{"n":-9007199254740991,"m":19.9}'))
    assert.deepEqual([body.weight, body.data], [9007199254740991, { n: -9007199254740991, m: 19.9 }])
    for (const query of ['weight=9007199254740991', 'data.m=19.90', 'data.n=-9007199254740991'])
      assert.equal((await world.rest(admin, 'GET', `/samples?${query}`)).body.total, 1, query)
    assert.equal((await world.rest(admin, 'GET', '/samples?weight=9007199254740993')).status, 422)
    for (const term of [2 ** 53, { $gt: 1e21 }, { $in: [1, -(2 ** 53)] }])
      assert.equal((await socket.refusal('find', 'samples', { weight: term })).error.field, 'weight')
    assert.equal((await socket.call('find', 'samples', { weight: { $lt: '1e21' } })).total, 1)
  })

  it('a date alone means the same in a body and in a filter', async () => {
    const { body } = await post(rowOf('1', '{}', '"2026-01-31"'))
    assert.equal(body.at, '2026-01-31T00:00:00.000Z')
    assert.equal((await world.rest(admin, 'GET', '/samples?at=2026-01-31')).body.data[0].id, body.id)
  })

  it('any number that is answered is one that a filter takes, and means itself', () => {
    const field = lower(samples).fields.get('weight')!
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        assert.equal(readValue(field, String(number)), Number(String(number)))
        if (!Number.isInteger(number) || Number.isSafeInteger(number))
          assert.equal(readValue(field, number), number)
      })
    )
  })
})
