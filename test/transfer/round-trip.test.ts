import assert from 'node:assert/strict'
import type { TSchema } from '@feathersjs/typebox'
import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { authenticated, boolean, defineResource, integer, json, money, nullable, owner, text, textArray, timestamp, Type, unique } from '../../packages/rachis/src/declare' // prettier-ignore
import type { AnyResource } from '../../packages/rachis/src/declare'
import { DEPTH } from '../helpers/depth'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { recordsOf } from './stage'

/** Fixed, so that a failure stays one. */
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_129)

/** What a format, a formula or a language takes for something else. */
const PIECES = ['"', '""', ',', '\n', '\r\n', '\r', '\t', "'", '=', '+1', '-', '@', '＝', '\\', '\\N', '\\.', 'null', 'true', '007', '1e3', '{}', '[]', ' ', '\u2028', '\ufeff', '\x01', '\x7f', '😀', 'é', 'word'] // prettier-ignore
const storable = (value: unknown) => !JSON.stringify(value).includes('\\u0000')
const odd = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }).filter(storable)
)
const instant = fc
  .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
  .map((date) => date.toISOString())
const number = fc.double({ noNaN: true, noDefaultInfinity: true })
/** Whole numbers that JavaScript would round are refused in JSON. */
const inJson = number.filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value))
const member = fc.oneof(odd, inJson, fc.boolean(), fc.constant(null), fc.array(odd, { maxLength: 3 }), fc.record({ inner: odd })) // prettier-ignore
/** Names that a query can ask for. */
const object = fc
  .dictionary(fc.stringMatching(/^[a-z]\w{0,7}$/), member, { maxKeys: 4 })
  .map((members) => ({ ...members }))

/** A type of fields, and values of it. */
const KINDS: Readonly<Record<string, readonly [schema: TSchema, values: Arbitrary<unknown>]>> = {
  text: [text({ maxLength: 200 }), odd],
  integer: [integer(), fc.integer()],
  big: [Type.Integer({ column: 'bigint' }), fc.maxSafeInteger()],
  money: [money(), fc.integer({ min: -1e9, max: 1e9 }).map((cents) => cents / 100)],
  number: [Type.Number(), number],
  boolean: [boolean(), fc.boolean()],
  timestamp: [timestamp(), instant],
  date: [Type.String({ format: 'date' }), instant.map((at) => at.slice(0, 10))],
  uuid: [Type.String({ format: 'uuid' }), fc.uuid()],
  json: [json(), object],
  words: [
    textArray(),
    fc.array(
      odd.filter((word) => word !== ''),
      { maxLength: 4 }
    )
  ]
}
const NAMES = Object.keys(KINDS)

/** Any kinds, of which some occur twice, each of them nullable or not. */
const declarations = fc.array(
  fc.record({ kind: fc.constantFrom(...NAMES), isNullable: fc.boolean() }),
  { minLength: 3, maxLength: 9 } // prettier-ignore
)
type Declared = readonly { readonly kind: string; readonly isNullable: boolean }[]

const resourceOf = (fields: Declared, index: number) => {
  const schemas = fields.map(({ kind, isNullable }, field): [string, TSchema] => {
    const [schema] = KINDS[kind]!
    return [`f${field}`, isNullable ? nullable(schema) : schema]
  })

  return defineResource(`round_${index}`, {
    fields: {
      code: unique(text({ maxLength: 40 })),
      ...Object.fromEntries(schemas),
      user_id: owner('users')
    },
    access: { read: authenticated, create: authenticated, update: authenticated, remove: authenticated }
  } as never)
}

const rowOf = (fields: Declared): Arbitrary<Record<string, unknown>> =>
  fc.record(
    Object.fromEntries(
      fields.map(({ kind, isNullable }, field) => {
        const [, values] = KINDS[kind]!
        return [`f${field}`, isNullable ? fc.option(values, { freq: 3 }) : values]
      })
    )
  )

describe('what was exported and is imported again', () => {
  const declared = fc.sample(declarations, { seed: SEED, numRuns: 4 })
  let world: World
  let person: Person
  before(async () => {
    const resources = declared.map(resourceOf) as unknown as AnyResource[]
    world = await startWorld({ resources, settings: { rate_limit: { requests: 0 } } })
    person = await world.register('owner')
  })
  after(() => world?.close())

  const exported = async (name: string, type: string) => {
    const response = await world.send(person, 'GET', `/${name}?sort=code`, { headers: { Accept: type } })
    return response.text()
  }
  const imported = async (name: string, type: string, raw: string) => {
    const headers = { 'Content-Type': type }
    const { status, body } = await world.rest(person, 'POST', `/${name}`, { raw, headers })
    assert.equal(status, 200, JSON.stringify(body))
  }
  /** All but what the server gives out anew. */
  const rows = async (name: string) =>
    recordsOf(await exported(name, 'application/x-ndjson')).map(
      ({ id: _id, created_at: _at, updated_at: _then, ...row }) => row
    )

  for (const [index, fields] of declared.entries())
    it(`is the same, in both forms: ${fields.map(({ kind }) => kind).join(', ')}`, async function () {
      this.timeout(60_000)
      const name = `round_${index}`
      const files = fc.array(rowOf(fields), { minLength: 1, maxLength: 8 })
      const property = fc.asyncProperty(files, async (drawn) => {
        const records = drawn.map((row, line) => ({ code: `c${line}`, ...row }))
        await world.sql(`delete from ${name}`)
        await imported(name, 'application/x-ndjson', records.map((row) => JSON.stringify(row)).join('\n'))
        const before = await rows(name)
        // Of what was sent nothing is lost on the way in either; -0 is 0 in JSON.
        const sent = records.map((row) => ({ ...row, user_id: person.id }))
        assert.deepEqual(before, JSON.parse(JSON.stringify(sent)))
        for (const type of ['text/csv', 'application/x-ndjson']) {
          const file = await exported(name, type)
          await world.sql(`delete from ${name}`)
          await imported(name, type, file)
          assert.deepEqual(await rows(name), before, file)
        }
      })
      await fc.assert(property, { seed: SEED, numRuns: 8 * DEPTH, endOnFailure: true })
    })
})
