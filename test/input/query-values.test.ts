import assert from 'node:assert/strict'
import fc from 'fast-check'
import qs from 'qs'
import { lower } from '../../packages/rachis/src/model/lower'
import { parseQuery } from '../../packages/rachis/src/query/query'
import { anyone, defineResource, oneOf, Type, textArray } from '../../packages/rachis/src/declare'
import type { Json, Listener, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { samples } from './samples'

const day = fc
  .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
/** Values of each type as a query string has them. A free text is one without a comma: only `[]=` can say one with. */
const VALUES: Record<string, fc.Arbitrary<string>> = {
  size: fc.integer().map(String),
  weight: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  price: fc.integer({ min: 0, max: 1e9 }).map((cents) => String(cents / 100)),
  is_on: fc.boolean().map(String),
  kind: fc.constantFrom('small', 'large', 'odd'),
  at: fc.oneof(
    day,
    day.map((date) => `${date}T12:00:00Z`)
  ),
  day,
  token: fc.uuid(),
  owner_id: fc.integer({ min: 1 }).map(String),
  name: fc.stringMatching(/^[a-z %'"[\]é]+$/),
  'data.n': fc.oneof(fc.integer().map(String), fc.boolean().map(String), fc.constantFrom('red', 'blue'))
}

const input = Type.Object(
  {
    id: Type.Optional(Type.Integer()),
    weight: Type.Optional(Type.Number()),
    is_on: Type.Optional(Type.Boolean()),
    kind: Type.Optional(oneOf('small', 'large', 'odd')),
    at: Type.Optional(Type.String({ format: 'date-time' })),
    day: Type.Optional(Type.String({ format: 'date' })),
    token: Type.Optional(Type.String({ format: 'uuid' })),
    name: Type.Optional(Type.String()),
    ids: Type.Optional(Type.Array(Type.Integer())),
    tags: Type.Optional(textArray())
  },
  { additionalProperties: false }
)
const echo = { input, output: Type.Unknown(), access: anyone, run: async (asked: object) => asked }
const resource = defineResource('samples', { ...samples.spec, reports: { echo } } as never)

describe('values of a query', () => {
  const model = lower(samples)
  const where = (query: string) =>
    parseQuery(model, qs.parse(query, { depth: 8, arrayLimit: 1000, allowDots: false })).where

  for (const [name, values] of Object.entries(VALUES)) {
    it(`of ${name}: both spellings of a list mean the same, as do one value and a list of it`, () =>
      fc.assert(
        fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (list) => {
          const encoded = list.map(encodeURIComponent)
          for (const operator of ['$in', '$nin']) {
            const items = encoded.map((value) => `${name}[${operator}][]=${value}`).join('&')
            assert.deepEqual(where(`${name}[${operator}]=${encoded.join(',')}`), where(items))
          }
          const repeated = encoded.map((value) => `${name}[]=${value}`).join('&')
          assert.deepEqual(where(repeated), where(`${name}[$in]=${encoded.join(',')}`))
          if (list.length > 1 && !['name', 'data.n'].includes(name))
            assert.deepEqual(where(`${name}=${encoded.join(',')}`), where(repeated))
        }),
        { numRuns: 50, seed: 20261128 }
      ))
  }

  describe('of a report', () => {
    let world: World
    let socket: Listener
    before(async () => {
      world = await startWorld({ resources: [resource as never] })
      socket = await world.socket()
    })
    after(() => world?.close())
    const get = (path: string) => world.rest(anonymous, 'GET', path)

    const TAKEN: [query: string, onSocket: Json, read: Json][] = [
      ['id=7&weight=1e-3', { id: 7, weight: 0.001 }, { id: 7, weight: 0.001 }],
      ['id=7.0&is_on=false', { id: '7.0', is_on: 'false' }, { id: 7, is_on: false }],
      ['ids=1,2,3', { ids: [1, 2, 3] }, { ids: [1, 2, 3] }],
      ['ids[]=1&ids[]=2,3', { ids: ['1', '2,3'] }, { ids: [1, 2, 3] }],
      ['ids=1', { ids: '1' }, { ids: [1] }],
      ['tags=a,b', { tags: 'a,b' }, { tags: ['a', 'b'] }],
      ['tags[]=a,b', { tags: ['a,b'] }, { tags: ['a,b'] }],
      ['kind=odd&name=', { kind: 'odd', name: '' }, { kind: 'odd', name: '' }],
      ['at=2026-01-31', { at: '2026-01-31' }, { at: '2026-01-31T00:00:00.000Z' }],
      ['day=2026-01-31&name=5', { day: '2026-01-31', name: '5' }, { day: '2026-01-31', name: '5' }]
    ]
    for (const [query, asked, read] of TAKEN)
      it(`${query} is ${JSON.stringify(read)}, on both transports`, async () => {
        assert.deepEqual((await get(`/samples/echo?${query}`)).body, read)
        assert.deepEqual(await socket.call('echo', 'samples', asked), read)
      })

    const REFUSED = [
      'id=0x10', 'id=', 'id=+7', 'id=1.5', 'id=true', 'id[a]=7', 'id=9007199254740993', 'weight=.5', 'weight=', 'weight=1e400', 'weight=9007199254740993',
      'is_on=', 'is_on=1', 'is_on=yes', 'kind=', 'kind=Odd', 'kind=null', 'at=now', 'at=', 'day=2026-02-30', 'token=7', 'name[a]=x'
    ] // prettier-ignore
    for (const query of REFUSED)
      it(`${query} is refused as in a filter, on both transports`, async () => {
        const { trace_id: _, ...error } = (await get(`/samples?${query}`)).body.error
        const { status, body } = await get(`/samples/echo?${query}`)
        assert.equal(error.field, query.split(/[=[]/)[0])
        const message = (said: Json) => [said.code, said.field]
        if (query.includes('[')) assert.equal(body.error.field, error.field)
        else assert.deepEqual({ ...body.error, trace_id: undefined }, { ...error, trace_id: undefined })
        assert.ok([400, 422].includes(status), String(status))
        const told = (await socket.refusal('echo', 'samples', qs.parse(query))).error
        assert.deepEqual(message(told), message(body.error))
      })

    it('a list of one is no single value', async () => {
      assert.equal((await get('/samples/echo?id[]=7')).body.error.field, 'id')
      assert.equal((await socket.refusal('echo', 'samples', { id: [7] })).error.field, 'id')
    })

    it('numbers of a socket that were rounded are refused', async () => {
      for (const [name, asked] of [
        ['id', { id: 2 ** 53 }],
        ['weight', { weight: 1e21 }],
        ['ids', { ids: [1, 2 ** 53] }]
      ] as const)
        assert.equal((await socket.refusal('echo', 'samples', asked)).error.field, name)
    })
  })
})
