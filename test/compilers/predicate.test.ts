import assert from 'node:assert/strict'
import { $user, asParent, asParentFor, authenticated, role } from '../../packages/rachis/src/declare'
import type { Predicate, RowPredicate } from '../../packages/rachis/src/declare/predicate'
import {
  and, column, columnsOf, compare, contains, FALSE, isIn, isNull, jsonPath, like, not, or, search, throughRelation, TRUE, userProperty
} from '../../packages/rachis/src/declare/predicate' // prettier-ignore
import { keysOfRow } from '../../packages/rachis/src/rules/keys'
import { holds, inMemory, memoryProblem } from '../../packages/rachis/src/rules/memory'
import { ruleData } from '../../packages/rachis/src/rules/rule-data'
import { predicateWords, ruleWords } from '../../packages/rachis/src/rules/words'
import { ruled } from './predicates'

const price = column('price', 'numeric(12,2)')
const name = column('name', 'text')
const color = jsonPath('data', ['a', 'color'])
const [cheap, named]: RowPredicate[] = [compare(price, '<', 5), compare(name, '=', 'x')]
const maker = { of: column('maker_id', 'bigint'), resource: 'makers', by: 'id' }

const SIMPLIFIED: [name: string, made: Predicate, simple: Predicate][] = [
  ['and of nothing', and([]), TRUE],
  ['or of nothing', or([]), FALSE],
  ['and of one', and([cheap!]), cheap!],
  ['and with true', and([TRUE, cheap!, TRUE]), cheap!],
  ['and with false', and([cheap!, FALSE]), FALSE],
  ['or with true', or([cheap!, TRUE]), TRUE],
  ['or with false', or([FALSE, named!]), named!],
  ['and in and', and([and([cheap!, named!]), cheap!]), and([cheap!, named!, cheap!])],
  ['or in or', or([cheap!, or([named!, cheap!])]), or([cheap!, named!, cheap!])],
  ['not true', not(TRUE), FALSE],
  ['not not', not(not(isNull(name))), isNull(name)],
  ['not of a comparison', not(cheap!), compare(price, '>=', 5)],
  ['not of and', not(and([cheap!, isNull(name)])), or([compare(price, '>=', 5), not(isNull(name))])],
  ['not of or', not(or([cheap!, isIn(name, ['x'])])), and([compare(price, '>=', 5), not(isIn(name, ['x']))])],
  ['a relation to none', throughRelation(maker, FALSE), FALSE]
] // prettier-ignore

const WORDS: [words: string, predicate: Predicate][] = [
  ['price < 5 and (name is x or name is null)', and([cheap!, or([named!, isNull(name)])])],
  ['price is not null', not(isNull(price))],
  ['data.a.color is one of red, blue', isIn(color, ['red', 'blue'])],
  ['data.a.color is none of red', not(isIn(color, ['red']))],
  ['not (tags has new)', not(contains(column('tags', 'text[]'), ['new']))],
  ['name is like a%', like(name, 'a%')],
  ["price is the caller's limit", compare(price, '=', userProperty('limit'))],
  ['maker_id refers to makers where name is x', throughRelation(maker, named!)],
  ['anything', TRUE],
  ['nothing', FALSE]
]

const NOT_IN_MEMORY: [predicate: RowPredicate, problem: RegExp][] = [
  [search('red:*'), /a search/],
  [and([cheap!, or([named!, search('red:*')])]), /a search/],
  [throughRelation({ ...maker, by: 'maker_id' }, TRUE), /such records of makers/],
  [throughRelation(maker, search('red:*')), /a search/],
  [compare(name, '<', 'x'), /order of texts/],
  [compare(color, '>=', '5'), /order of texts/],
  [like(name, 'É%'), /beyond ASCII/],
  [not(like(name, 'ß')), /beyond ASCII/]
]

const deepFrozen = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(deepFrozen)) // prettier-ignore

describe('a predicate', () => {
  describe('is made simple', () => {
    for (const [title, made, simple] of SIMPLIFIED) it(title, () => assert.deepEqual(made, simple))
  })

  it('is frozen, whatever it is made of', () => {
    const values = ['x']
    const made = not(or([and([cheap!, isIn(name, values)]), throughRelation(maker, isIn(color, ['red'])), contains(name, values)])) // prettier-ignore
    values.push('y')
    assert.ok(deepFrozen(made))
    assert.deepEqual(columnsOf(made), ['price', 'name', 'maker_id'])
    assert.ok(!JSON.stringify(made).includes('"y"'))
  })

  describe('in words', () => {
    for (const [words, predicate] of WORDS) it(words, () => assert.equal(predicateWords(predicate), words))
  })

  it('of a rule is told by whom it lets in', () => {
    const words = (rule: object) => ruleWords(ruled(rule as never))
    assert.equal(words(authenticated), 'anyone signed in')
    assert.equal(words([{ user_id: $user.id, price: { $gte: 1 } }, role('admin', 'manager')]), "anyone signed in, where user_id is the caller's id and price >= 1; or role admin or manager") // prettier-ignore
    assert.equal(words({ order_id: asParent, ...authenticated }), 'anyone signed in who may read what order_id refers to') // prettier-ignore
    assert.equal(words({ order_id: asParentFor('update') }), 'anyone who may update what order_id refers to')
    assert.equal(words({ region: { $in: { $user: 'regions' } } }), "anyone signed in, where region is one of the caller's regions") // prettier-ignore
  })

  it('of a rule reads as the declaration that it was written in', () => {
    const rules = [
      [{ user_id: { $user: 'id' }, store_id: { $in: { $user: 'store_ids' } }, gone_at: null, seen_at: { $ne: null } }],
      [{ $user: { role: { $in: ['admin'] }, mfa: true } }, { $user: {} }],
      [{ price: { $gt: 1, $lte: 5 }, kind: { $nin: ['a'] }, name: { $ne: 'x' } }],
      [{}],
      []
    ]
    for (const rule of rules) assert.deepEqual(ruleData(ruled(rule)), rule)
  }) // prettier-ignore

  describe('without a reading in memory', () => {
    for (const [predicate, problem] of NOT_IN_MEMORY)
      it(`${predicateWords(predicate)} is refused, and not taken for false`, () => {
        assert.match(memoryProblem(predicate)!, problem)
        assert.throws(() => inMemory(predicate), problem)
        assert.throws(() => keysOfRow('things', predicate, {}), /in memory|no delivery keys/)
      })

    it('for want of the rows of a relation', () =>
      assert.throws(() => holds(inMemory(throughRelation(maker, named!)), { maker_id: 1 }), /Rows of makers are needed/)) // prettier-ignore

    it('has no delivery keys where the user stands in a negation', () => {
      const others = not(compare(price, '=', userProperty('limit')))
      assert.throws(() => keysOfRow('things', others, { price: 1 }), /equal to what the user brings/)
    })
  })
})
