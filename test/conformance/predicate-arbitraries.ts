import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import type { ColumnType } from '../../packages/rachis/src/declare'
import type { Comparison } from '../../packages/rachis/src/declare/operators'
import type {
  Column,
  JsonPath,
  Predicate,
  RowPredicate,
  Scalar
} from '../../packages/rachis/src/declare/predicate'
import {
  and,
  column,
  compare,
  contains,
  FALSE,
  isIn,
  isNull,
  jsonPath,
  like,
  not,
  or,
  search,
  throughRelation,
  TRUE,
  userProperty
} from '../../packages/rachis/src/declare/predicate'
import type { Json } from '../helpers/world'
import type { Kind } from './rule-arbitraries'
import { KINDS, literal, OF_USER, row as scalars, WORDS } from './rule-arbitraries' // prettier-ignore

export const PARENTS = 6
/** Texts whose case, width or normal form readers could disagree about. */
const TEXTS = [...WORDS, '\u212A', 'k', 'K', 'aB', 'a%b', 'a_b', 'a\\b', 'ab', 'AB😀', 'true', '1', '1.0', '10', '1e21', '9007199254740993', '{"a": 1}'] // prettier-ignore
const NUMBERS = [0, -1, 1, 1.5, 10, 0.1, 1e-7, 1.25e-7, 2 ** 53, 2 ** 53 + 2, 1e21, 1.5e300, -0.01, 19.9]

const scalar: Arbitrary<unknown> = fc.oneof(fc.constantFrom<unknown>(...TEXTS, ...NUMBERS), fc.boolean(), fc.constant(null)) // prettier-ignore
const KEYS = ['a', 'b', 'größe', 'a.b', '0', 'longer', '']
const dictionary = (value: Arbitrary<unknown>) =>
  fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 4 })
const value: Arbitrary<unknown> = fc.oneof(
  { arbitrary: scalar, weight: 4 },
  { arbitrary: fc.array(scalar, { maxLength: 3 }), weight: 1 },
  { arbitrary: dictionary(scalar), weight: 1 },
  { arbitrary: dictionary(fc.array(scalar, { maxLength: 2 })), weight: 1 }
)
const PATHS = [['a'], ['a'], ['b'], ['größe'], ['a.b'], ['a', '0'], ['a', '-1'], ['a', '01'], ['a', ' +1'], ['a', 'b'], ['a', 'a', '0'], ['a', '9'.repeat(12)], ['0']] // prettier-ignore

/** A record of every type of column, with a parent or without one. */
export const row: Arbitrary<Json> = fc
  .tuple(
    scalars,
    fc.record({
      tags: fc.option(fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }), { freq: 4 }),
      data: fc.option(dictionary(value), { freq: 6 }),
      parent_id: fc.option(fc.integer({ min: 1, max: PARENTS }), { freq: 3 })
    })
  )
  .map(([plain, more]) => ({ ...plain, ...more }))

const TYPES: Readonly<Record<Kind, ColumnType>> = {
  text: 'text', enum: 'text', integer: 'integer', bigint: 'bigint', money: 'numeric(12,2)', double: 'double precision',
  boolean: 'boolean', instant: 'timestamptz(3)', date: 'date', uuid: 'uuid'
} // prettier-ignore
const NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[]
const columnOf = (name: keyof typeof KINDS) => column(name, TYPES[KINDS[name]])
const [tags, data, parentId] = [column('tags', 'text[]'), column('data', 'jsonb'), column('parent_id', 'bigint')] // prettier-ignore

const EQUALITIES: readonly Comparison[] = ['=', '<>']
const ORDERS: readonly Comparison[] = ['<', '<=', '>', '>=']
const ORDERED: readonly Kind[] = ['text', 'integer', 'bigint', 'money', 'double', 'instant', 'date']

/** As the parser and the lowering hand it on: an instant in the form of rows. */
const operand = (kind: Kind): Arbitrary<Scalar> =>
  literal(kind).map((one) => (kind === 'instant' ? new Date(one as string).toISOString() : (one as Scalar)))

const pattern: Arbitrary<string> = fc
  .array(fc.constantFrom('%', '_', '\\%', '\\_', '\\\\', 'a', 'A', 'b', 'k', 'K', 'i', 'I', 'ß', 'ä', 's', '😀', '1', ' '), { maxLength: 5 })
  .map((parts) => parts.join('')) // prettier-ignore

const ofText = (of: Column | JsonPath, text: Arbitrary<string>): Arbitrary<RowPredicate>[] => [
  fc.tuple(fc.constantFrom(...EQUALITIES, ...ORDERS), text).map(([comparison, one]) => compare(of, comparison, one)),
  fc.array(text, { maxLength: 4 }).map((list) => isIn(of, list)),
  pattern.map((one) => like(of, one)),
  fc.constant(isNull(of))
] // prettier-ignore

const ofColumn = (name: keyof typeof KINDS): Arbitrary<RowPredicate> => {
  const [of, kind] = [columnOf(name), KINDS[name]]
  if (kind === 'text') return fc.oneof(...ofText(of, fc.constantFrom(...WORDS)))
  const comparisons = [...EQUALITIES, ...(ORDERED.includes(kind) ? ORDERS : [])]

  return fc.oneof(
    fc.tuple(fc.constantFrom(...comparisons), operand(kind)).map(([comparison, one]) => compare(of, comparison, one)),
    fc.array(operand(kind), { maxLength: 4 }).map((list) => isIn(of, list)),
    fc.constant(isNull(of))
  )
} // prettier-ignore

const texts = fc.constantFrom(...TEXTS, ...NUMBERS.map(String), '0.10', '-0', '1.50', '1E21', '007', '.5')
const ofPath = fc.constantFrom(...PATHS).chain((path) => fc.oneof(...ofText(jsonPath('data', path), texts)))
const ofList = fc.array(fc.option(fc.constantFrom(...WORDS), { freq: 8 }), { maxLength: 3 }).map((list) => contains(tags, list)) // prettier-ignore

const ofColumns: Arbitrary<RowPredicate> = fc.constantFrom(...NAMES).chain(ofColumn)
/** What a rule or a filter may ask of a row itself. */
const ofRow: Arbitrary<RowPredicate> = fc.oneof(
  { arbitrary: ofColumns, weight: 8 },
  { arbitrary: ofPath, weight: 4 },
  { arbitrary: ofList, weight: 2 },
  { arbitrary: fc.constantFrom(isNull(tags), isNull(data), isNull(parentId)), weight: 1 },
  { arbitrary: fc.constantFrom<RowPredicate>(TRUE, FALSE), weight: 1 }
)

type Combined = <P extends Predicate>(leaf: Arbitrary<P>, hasNot: boolean) => Arbitrary<P>
/** The opposite of a condition on rows is one on rows again, as the types of the constructors say. */
const combined = ((leaf: Arbitrary<Predicate>, hasNot: boolean): Arbitrary<Predicate> =>
  fc.letrec<{ tree: Predicate }>((tie) => {
    const parts = fc.array(tie('tree'), { maxLength: 3 })
    const opposites = hasNot ? [{ arbitrary: tie('tree').map((part) => not(part)), weight: 2 }] : []

    return {
      tree: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        { arbitrary: leaf, weight: 4 },
        { arbitrary: parts.map((some) => and(some)), weight: 2 },
        { arbitrary: parts.map((some) => or(some)), weight: 2 },
        ...opposites
      )
    }
  }).tree) as Combined

const PARENT = { of: parentId, resource: 'heads', by: 'id' }
const ofHead: Arbitrary<RowPredicate> = combined(
  fc.oneof(
    fc.constantFrom('a', 'b').map((kind) => compare(column('kind', 'text'), '=', kind)),
    fc.integer({ min: 0, max: 3 }).map((rank) => compare(column('rank', 'integer'), '<', rank)),
    fc.constant<RowPredicate>(isNull(column('rank', 'integer')))
  ),
  true
)
const related = ofHead.map((where) => throughRelation(PARENT, where))
const children = ofColumns.map((where) => throughRelation({ of: column('parent_id', 'bigint'), resource: 'predicated', by: 'parent_id' }, where)) // prettier-ignore
const searched = fc.constantFrom(search('a:*'), search('ss:*', 'aaaa'), search('null:* & a:*'))

/** Conditions without relations, of which PostgreSQL's own NOT is the opposite. */
export const plain: Arbitrary<RowPredicate> = combined(ofRow, true)

/** The whole grammar of conditions on a row. */
export const predicate: Arbitrary<RowPredicate> = combined(
  fc.oneof(
    { arbitrary: ofRow, weight: 8 },
    { arbitrary: related, weight: 2 },
    { arbitrary: children, weight: 1 },
    { arbitrary: searched, weight: 1 }
  ),
  true
)

const ofUser: Arbitrary<Predicate> = fc.constantFrom(
  not(isNull(userProperty())),
  isNull(userProperty('born')),
  isIn(userProperty('role'), ['admin', 'manager']),
  not(isIn(userProperty('role'), ['admin'])),
  compare(userProperty('is_active'), '=', true),
  compare(userProperty('is_active'), '<>', true)
)
const bound: Arbitrary<Predicate> = fc.constantFrom(...NAMES).chain((name) => {
  const [one, many] = OF_USER[KINDS[name]]!
  const property = fc.constantFrom(one, many).map(userProperty)

  return property.chain((asked) => fc.constantFrom(compare(columnOf(name), '=', asked), isIn(columnOf(name), asked)))
}) // prettier-ignore
const ownHead = compare(column('user_id', 'bigint'), '=', userProperty('id'))
const headRule: Arbitrary<Predicate> = combined<Predicate>(
  fc.oneof(ofHead, ofUser, fc.constant(ownHead)),
  false
)

/** Rules as they may be told to those whom they let in: what binds the row to the user stands in no negation. */
export const rule: Arbitrary<Predicate> = combined<Predicate>(
  fc.oneof(
    { arbitrary: ofRow, weight: 3 },
    { arbitrary: plain, weight: 1 },
    { arbitrary: ofUser, weight: 3 },
    { arbitrary: bound, weight: 4 },
    { arbitrary: headRule.map((where) => throughRelation(PARENT, where)), weight: 2 }
  ),
  false
)

/** Comparisons with what the user brings, in any place: what SQL and memory read once the user is known. */
export const bindings: Arbitrary<Predicate> = combined<Predicate>(
  fc.oneof(
    ofRow,
    ofUser,
    bound,
    bound.map((test) => not(test)),
    fc.constantFrom(...ORDERS).map((comparison) => compare(columnOf('number'), comparison, userProperty('ids')))
  ),
  true
) // prettier-ignore
