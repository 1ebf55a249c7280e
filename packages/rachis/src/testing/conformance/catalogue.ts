import type { Model } from '../../model/model'
import type { RelationInfo } from '../../model/models'
import { relationsOf } from '../../model/models'
import type { Operation } from '../../model/operations'
import { dataSchema } from '../../model/schemas'
import type { FieldInfo } from '../../declare'
import type { Json } from '../wire'

import type { Call } from './calls'
import { isSpelled } from './calls'
import type { Dice } from '../dice'
import type { Ids } from '../samples'
import { dataFor, sampleOf, valueFor } from '../samples'

/** Every operator that some column has, and one that none has. */
export const OPERATORS = [
  '$ne',
  '$in',
  '$nin',
  '$lt',
  '$lte',
  '$gt',
  '$gte',
  '$ilike',
  '$contains',
  '$null',
  '$regex'
]
/** Nothing that any column but a text takes. */
const NONSENSE = 'ÿ,nonsense'
const IDS: readonly unknown[] = [0, -1, 1.5, 999999999, '99999999999999999999', 'abc', '1e3', 'null', ' ', "1' or '1'='1", '%', '../users', 'é'] // prettier-ignore

/** A value as either transport can spell it: null is a word in a query string, and so is not sent as a text. */
const asked = (field: FieldInfo, dice: Dice, ids: Ids): unknown => {
  const value = valueFor(field, dice, ids)
  if (value === undefined) return 1
  return typeof value === 'object' || (typeof value === 'string' && field.type === 'text') ? String(value ?? 'x') || 'x' : value // prettier-ignore
}

/** Ways of asking for one field: every operator, both spellings, nested, by path, sorted and selected. */
export const queriesOn = (name: string, value: unknown, operators: readonly string[] = OPERATORS): Json[] => [
  { [name]: value },
  { [name]: [value, value] },
  ...operators.map((operator) => ({ [name]: { [operator]: operator === '$in' || operator === '$nin' ? [value] : operator === '$null' ? 'true' : value } })), // prettier-ignore
  { [`min_${name}`]: value },
  { [`max_${name}`]: value },
  { [`${name}.x`]: value },
  { $or: [{ [name]: value }, { id: 1 }] },
  { $and: [{ $or: [{ [name]: { $ne: value } }] }] },
  { $sort: { [name]: -1 } },
  { sort: `-${name},id` },
  { $select: ['id', name] },
  { fields: `id,${name}` }
]

const GENERAL: readonly Json[] = [
  {}, { $limit: 0 }, { $limit: 2, $skip: 1 }, { limit: '2', skip: '1' }, { page: '1', page_size: '2' }, { page: 2, page_size: 1 },
  { $limit: 100000 }, { $limit: -1 }, { limit: 'x' }, { page: 0 }, { page: 1, limit: 1 }, { sort: 'nope' }, { $sort: { id: 2 } },
  { $sort: 'id' }, { $select: ['nope'] }, { fields: 'id,nope' }, { nope: 1 }, { $nope: 1 }, { 'nope.x': 1 }, { id: { $regex: '1' } },
  { id: { $gt: { $gt: 1 } } }, { $or: 'x' }, { $or: { a: 1 } }, { id: '' }, { 'id ': 1 }, { $limit: ['1', '2'] }, { min_id: '1' }
] // prettier-ignore

/** One character too many, and no more: a body that is itself too large is refused by REST alone, as 413, before its fields are looked at. */
const tooLong = ({ value }: FieldInfo) => 'x'.repeat(Number(value.maxLength ?? 20_000) + 1)

const wrongValue = (field: FieldInfo, dice: Dice): unknown => {
  const { type, enum: words } = field
  if (words) return dice.pick(['nope', 1, null, ['x'], { $ne: 1 }])
  if (type === 'text') return dice.pick([1, true, ['x'], { a: 1 }, tooLong(field), 'a\u0000b'])
  if (type === 'jsonb') return dice.pick(['x', 1, [1], true])
  if (type === 'text[]') return dice.pick(['x', [1], {}, [['x']]])

  return dice.pick(['nope', '', [], {}, 1e300, -1e300, 0.001, 'null'])
}

const sometimes = (dice: Dice) => dice.chance(0.5)

/** Calls of one operation, right and wrong. */
const writes = (model: Model, operation: Operation, dice: Dice, ids: Ids, id: unknown): Call[] => {
  const call = (data: unknown): Call => ({
    model,
    operation,
    id: operation.target === 'record' ? id : undefined,
    data
  })
  if (operation.name === 'remove') return [call(undefined)]
  if (operation.data === 'input') {
    const data = dice.value(sampleOf(operation.input as never)) as Json
    return [call(data), call({ ...data, nope: 1 }), call({})].filter(isSpelled)
  }
  const method = operation.name as 'create' | 'update' | 'patch'
  const schema = dataSchema(model, method) as unknown as Json
  const good = () => dataFor(model, schema as never, dice, ids)
  const fields = Object.keys(schema.properties).map((name) => model.fields.get(name)!)
  const guarded = [...model.fields.keys()].filter((name) => !(name in schema.properties))

  return [
    call(good()),
    call({ ...good(), nope: 1 }),
    call({}),
    ...(method === 'create' ? [call([]), call([good(), { ...good(), nope: 1 }]), call([{}, good()])] : [call([good()])]), // prettier-ignore
    ...fields.filter(() => sometimes(dice)).map((field) => call({ ...good(), [field.name]: wrongValue(field, dice) })), // prettier-ignore
    ...fields.filter(() => sometimes(dice)).map((field) => call({ ...good(), [field.name]: null })),
    ...(schema.required as string[]).map((name) => call(Object.fromEntries(Object.entries(good()).filter(([key]) => key !== name)))), // prettier-ignore
    ...guarded.map((name) => call({ ...good(), [name]: dice.pick([1, null, 'x', true]) }))
  ]
}

/** Sorts by every field behind a relation, also by those that nobody reads and by relations to many, and by some a relation further. */
const sortsBehind = ({ name, target }: RelationInfo, dice: Dice): Json[] => {
  const paths = [...target.fields.keys(), 'nope'].map((field) => `${name}.${field}`)
  const further = relationsOf(target).flatMap((inner) =>
    dice.some([...inner.target.fields.keys()], 0.3).map((field) => `${name}.${inner.name}.${field}`)
  )

  return [
    ...paths.flatMap((path) => [{ sort: `-${path}` }, { sort: `${path},id`, limit: '3', cursor: '' }]),
    ...further.map((path) => ({ $sort: { [path]: dice.pick([1, -1]) } }))
  ]
}

/** Reads of one resource, right and wrong. */
export const reads = (model: Model, dice: Dice, ids: Ids): Call[] => {
  const find = model.operations.find(({ name }) => name === 'find')
  const get = model.operations.find(({ name }) => name === 'get')
  const fields = [...model.fields.values()]
  const known = ids(model.name)
  const relations = model.relations.map(({ name }) => name)
  const queries = [
    ...GENERAL,
    ...['search', '$search'].flatMap((name) => ['tea x', 'a:* & !b', ''].map((words) => ({ [name]: words }))),
    ...[...relations, 'nope'].flatMap((name) => [{ include: name }, { $include: [name] }, { [`${name}.id`]: 1 }, { [`${name}.id`]: { $gt: 1 } }]), // prettier-ignore
    ...relationsOf(model).flatMap((relation) => dice.some(sortsBehind(relation, dice), 0.5)),
    ...fields.flatMap((field) => [
      ...queriesOn(field.name, asked(field, dice, ids)),
      ...dice.some(queriesOn(field.name, NONSENSE), 0.3)
    ])
  ]

  const history = model.operations.find(({ name }) => name === 'history')

  return [
    ...(history ? known.map((id) => ({ model, operation: history, id })) : []),
    ...(find ? queries.map((query) => ({ model, operation: find, query })) : []),
    ...(get ? [...known.slice(0, 3), ...IDS].map((id) => ({ model, operation: get, id })) : []),
    ...(get ? [{ fields: 'id' }, { id: 1 }, { nope: 1 }, { $sort: { id: 1 } }].map((query) => ({ model, operation: get, id: known[0] ?? 1, query })) : []) // prettier-ignore
  ]
}

/** A list of calls of every operation of a resource, so many that each way of going wrong has its turn. */
export const callsOf = (
  model: Model,
  dice: Dice,
  ids: Ids,
  targets: readonly unknown[],
  share: number
): Call[] => {
  const id = () => (targets.length > 0 && dice.chance(0.85) ? dice.pick(targets) : dice.pick(IDS))
  const written = model.operations
    .filter(({ name }) => !['find', 'get', 'history'].includes(name))
    .flatMap((operation) => [1, 2].flatMap(() => writes(model, operation, dice, ids, id())))

  return [...dice.some(reads(model, dice, ids), share), ...dice.some(written, 3 * share)]
}
