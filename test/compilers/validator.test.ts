import assert from 'node:assert/strict'
import fc from 'fast-check'
import { shapeProblem } from '../../packages/rachis/src/model/shape'
import { lazyValidator } from '../../packages/rachis/src/model/validator'
import type { ErrorDetail } from '../../packages/rachis/src/errors/errors'
import {
  integer,
  json,
  money,
  oneOf,
  password,
  text,
  timestamp,
  Type,
  textArray
} from '../../packages/rachis/src/declare'
import type { TSchema } from '@feathersjs/typebox'

const checked = (schema: TSchema, value: unknown) =>
  lazyValidator(Type.Object({ it: schema }, { additionalProperties: false }))({ it: value })

describe('validator', () => {
  const refused: [name: string, schema: TSchema, value: unknown, detail: ErrorDetail][] = [
    ['a type', integer(), 'x', { message: 'must be integer', rule: 'type', expected: 'integer', provided: 'x' }],
    ['one of two types', Type.Unsafe({ type: ['string', 'null'] }), 1, { message: 'must be string or null', rule: 'type', expected: ['string', 'null'], provided: 1 }],
    ['a choice', oneOf('a', 'b'), 'c', { message: 'must be one of a, b', rule: 'enum', expected: ['a', 'b'], provided: 'c' }],
    ['an email address', text({ format: 'email' }), 'x', { message: 'must be an email address', rule: 'format', expected: 'email', provided: 'x' }],
    ['a time', timestamp(), '2026-02-30T00:00:00Z', { message: 'must be a time such as 2026-01-31T12:00:00Z', rule: 'format', expected: 'date-time', provided: '2026-02-30T00:00:00Z' }],
    ['a UUID', text({ format: 'uuid' }), 'x', { message: 'must be a valid uuid', rule: 'format', expected: 'uuid', provided: 'x' }],
    ['too little', money({ minimum: 0 }), -10, { message: 'must be >= 0', rule: 'minimum', expected: 0, provided: -10 }],
    ['too much', integer({ maximum: 9 }), 10, { message: 'must be <= 9', rule: 'maximum', expected: 9, provided: 10 }],
    ['too short', text({ minLength: 2 }), 'x', { message: 'must have at least 2 characters', rule: 'minLength', expected: 2, provided: 'x' }],
    ['too long', text({ maxLength: 1 }), 'xy', { message: 'must have at most 1 characters', rule: 'maxLength', expected: 1, provided: 'xy' }],
    ['too many', textArray({ maxItems: 1 }), ['a', 'b'], { message: 'must have at most 1 items', rule: 'maxItems', expected: 1 }],
    ['three decimals', money(), 0.001, { message: 'must have at most 2 decimals', rule: 'multipleOf', expected: 0.01, provided: 0.001 }],
    ['no multiple', Type.Number({ multipleOf: 5 }), 7, { message: 'must be a multiple of 5', rule: 'multipleOf', expected: 5, provided: 7 }],
    ['a secret, which is not repeated', password(), 'short', { message: 'must have at least 8 characters', rule: 'minLength', expected: 8 }],
    ['a pattern', text({ pattern: '^a$' }), 'b', { message: 'must match pattern "^a$"', rule: 'pattern', expected: '^a$', provided: 'b' }],
    ['an object', json(), [], { message: 'must be object', rule: 'type', expected: 'object' }],
    ['nothing', integer(), undefined, { message: 'is required', rule: 'required' }]
  ] // prettier-ignore

  for (const [name, schema, value, detail] of refused)
    it(`refuses ${name}`, () => assert.deepEqual(checked(schema, value), [{ field: 'it', ...detail }]))

  it('names what is inside by its path', () => {
    const schema = Type.Object({ items: Type.Array(Type.Object({ 'a/b~c': Type.Integer() })) })
    const [detail] = lazyValidator(schema)({ items: [{ 'a/b~c': 1 }, { 'a/b~c': 'x' }] })
    assert.equal(detail!.field, 'items.1.a/b~c')
  })

  it('tells of every mistake, of at most fifty', () => {
    const validate = lazyValidator(Type.Object({ a: integer() }, { additionalProperties: false }))
    assert.deepEqual(
      validate({ b: 1 }).map(({ field, rule }) => [field, rule]),
      [
        ['a', 'required'],
        ['b', 'additionalProperties']
      ]
    )
    assert.deepEqual(validate({ a: 1 }), [])
    const many = Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`x${index}`, 1]))
    assert.equal(validate(many).length, 50)
  })

  it('repeats at most 200 characters', () => {
    const [detail] = checked(integer(), 'x'.repeat(999))
    assert.equal(detail!.provided, 'x'.repeat(200))
  })

  it('fills in defaults, only where asked, and changes no type', () => {
    const schema = Type.Object({ days: Type.Integer({ default: 30 }), all: Type.Boolean() })
    const data = { all: true }
    assert.notDeepEqual(lazyValidator(schema)(data), [])
    assert.deepEqual(lazyValidator(schema, { defaults: true })(data), [])
    assert.deepEqual(data, { days: 30, all: true })
    assert.notDeepEqual(lazyValidator(schema, { defaults: true })({ all: 'true' }), [])
  })

  describe('amounts', () => {
    it('with two decimals are taken, however large', () => {
      const validate = lazyValidator(money())
      const cents = fc.integer({ min: -999_999_999_999, max: 999_999_999_999 })
      fc.assert(
        fc.property(cents, (amount) => assert.deepEqual(validate(amount / 100), [])),
        { seed: 1, numRuns: 2000 }
      )
      for (const value of [0, -0, 0.07, 0.1 + 0.2, 1.1 * 3, 0.29, 9_999_999_999.99])
        assert.deepEqual(validate(value), [])
    })

    it('with more are not, however small the rest', () => {
      const validate = lazyValidator(money())
      const rest = fc.tuple(
        fc.integer({ min: -9_999_999, max: 9_999_999 }),
        fc.integer({ min: 1, max: 9_999 })
      )
      fc.assert(
        fc.property(rest, ([cents, part]) => assert.equal(validate((cents * 10_000 + part) / 1e6).length, 1)),
        { seed: 1, numRuns: 2000 }
      )
      for (const value of [0.001, 1.005, 10.000001, 1e-6, 999_999_999.995, 9_999_999_999.985])
        assert.equal(validate(value).length, 1, String(value))
    })

    it('of other steps as well', () => {
      const multiples: [step: number, value: number, fits: boolean][] = [
        [1, 9007199254740991, true],
        [0.1, 0.3, true],
        [0.1, 0.35, false],
        [0.25, 1e9 + 0.75, true],
        [1e-7, 3e-7, true],
        [3, 9, true],
        [3, 10, false]
      ]
      for (const [multipleOf, value, fits] of multiples)
        assert.equal(
          lazyValidator(Type.Number({ multipleOf }))(value).length === 0,
          fits,
          `${value} / ${multipleOf}`
        )
    })
  })

  describe('the shape that no schema says', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
    const proto = JSON.parse('{"a": {"__proto__": {"x": 1}}}') as unknown
    const shapes: [name: string, value: unknown, problem: RegExp | undefined][] = [
      ['plain data', { a: [1, 'x', null, true, { b: 0.5 }] }, undefined],
      ['pairs of surrogates', 'a😀b', undefined],
      ['other control characters', 'a\u0001\u007f', undefined],
      ['nested as deep as allowed', nested(33), undefined],
      ['nested deeper', nested(34), /nest/],
      ['NUL', 'a\0b', /U\+0000/],
      ['NUL in a key', { 'a\0b': 1 }, /U\+0000/],
      ['half a pair', 'a\ud83d', /surrogate/],
      ['the other half', [{ a: '\ude00a' }], /surrogate/],
      ['__proto__', proto, /__proto__/],
      ['infinity', JSON.parse('{"a": 1e400}'), /large/]
    ]
    for (const [name, value, problem] of shapes)
      it(name, () => {
        const found = shapeProblem(value)
        if (problem) assert.match(found ?? '', problem)
        else assert.equal(found, undefined)
      })
  })
})
