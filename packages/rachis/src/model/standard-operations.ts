import { Type } from '@feathersjs/typebox'
import type { TSchema } from '@feathersjs/typebox'
import type { AnySpec } from '../declare/any-resource'
import { or } from '../declare/predicate'
import type { Access, Draft, Facts, HttpMethod, Rules } from './operation'
import { JSON_TYPE, NO_INPUT, RECORD_TYPES } from './operation'
import { alsoRemoved } from './rules'
import type { PageLimits } from './pages'
import type { Written } from './schemas'
import { oneOf, titled } from './summaries'

/** What operations of records are made from. */
export interface Records {
  readonly resource: string
  readonly path: string
  readonly rules: Rules
  /** Schema of a record as it is answered. */
  readonly record: TSchema
  /** Schema of a page of records. */
  readonly list: TSchema
  /** Schema of what a client sends to write a record. */
  readonly written: (method: Written) => TSchema
  readonly page: PageLimits
  /** Records of one bulk creation. */
  readonly batch: number
}
type Standard = Pick<Facts, 'effect' | 'target' | 'data' | 'answers'> & {
  readonly name: 'find' | 'get' | 'create' | 'update' | 'patch' | 'remove'
  readonly access: Access
  readonly method: HttpMethod
  readonly status: number
  readonly summary: (resource: string) => string
}

/** Feathers' own service methods, as operations. */
const STANDARD: readonly Standard[] = [
  {
    name: 'find', access: 'read', method: 'GET', status: 200, effect: 'read', target: 'collection', data: 'none', answers: 'page',
    summary: (resource) => `List ${titled(resource)}`
  },
  {
    name: 'get', access: 'read', method: 'GET', status: 200, effect: 'read', target: 'record', data: 'none', answers: 'record',
    summary: (resource) => `Get ${oneOf(resource)}`
  },
  {
    name: 'create', access: 'create', method: 'POST', status: 201, effect: 'write', target: 'collection', data: 'fields', answers: 'record',
    summary: (resource) => `Create ${oneOf(resource)}`
  },
  {
    name: 'update', access: 'update', method: 'PUT', status: 200, effect: 'write', target: 'record', data: 'fields', answers: 'record',
    summary: (resource) => `Replace ${oneOf(resource)}`
  },
  {
    name: 'patch', access: 'update', method: 'PATCH', status: 200, effect: 'write', target: 'record', data: 'fields', answers: 'record',
    summary: (resource) => `Change some fields of ${oneOf(resource)}`
  },
  {
    name: 'remove', access: 'remove', method: 'DELETE', status: 200, effect: 'write', target: 'record', data: 'none', answers: 'record',
    summary: (resource) => `Remove ${oneOf(resource)}`
  }
] // prettier-ignore

/** The names of Feathers' own service methods. */
export const STANDARD_NAMES: readonly string[] = STANDARD.map(({ name }) => name)

/** A creation of one record in a request takes neither a list nor a file of records. */
const takesOne = ({ batch }: Pick<Records, 'batch'>): boolean => batch === 1

const factsOfCreation = ({ path, batch }: Records): Partial<Facts> => ({
  ...(takesOne({ batch }) ? {} : { batch }),
  location: `/${path}/{id}`
})

/** A creation takes a file of records as well. */
const consumedBy = (records: Records, { name, data }: Pick<Standard, 'name' | 'data'>): readonly string[] => {
  if (data === 'none') return []

  return name === 'create' && !takesOne(records) ? [...JSON_TYPE, ...RECORD_TYPES] : JSON_TYPE
}

const standard = (records: Records, { access, method, status, summary, ...facts }: Standard): Draft => {
  const { resource, path, rules, page, record, list, written } = records

  return {
    ...facts,
    resource,
    http: { method, path: facts.target === 'record' ? `/${path}/{id}` : `/${path}`, status },
    consumes: consumedBy(records, facts),
    produces: facts.answers === 'page' ? [...JSON_TYPE, ...RECORD_TYPES] : JSON_TYPE,
    ...(facts.answers === 'page' ? { pages: page } : {}),
    ...(facts.name === 'create' ? factsOfCreation(records) : {}),
    rule: rules[access],
    summary: summary(resource),
    input: facts.data === 'none' ? NO_INPUT : written(facts.name as Written),
    output: facts.answers === 'page' ? list : record,
    transaction: false
  }
}

/** Find, get, create, update, patch and remove: those for which the declaration has a rule. */
export const standardOperations = (records: Records, isDeclared: (access: Access) => boolean): Draft[] =>
  STANDARD.filter(({ access }) => isDeclared(access)).map((one) => standard(records, one))

type Many = Pick<Draft, 'name' | 'data' | 'consumes' | 'input' | 'rule' | 'summary'> & {
  readonly declaredAt: string
  readonly method: HttpMethod
  readonly many: NonNullable<Facts['many']>
}

const many = ({ resource, path, record }: Records, { method, ...one }: Many): Draft => ({
  ...one,
  resource,
  effect: 'write',
  target: 'collection',
  answers: 'records',
  produces: JSON_TYPE,
  http: { method, path: `/${path}`, status: 200 },
  output: Type.Array(record, { maxItems: one.many.most }),
  transaction: true
})

/** The same as PATCH and DELETE of one record, of all records that filters find: those for which the declaration says how many. */
export const manyOperations = (records: Records, { update, remove }: AnySpec['bulk'] & object): Draft[] => {
  const { resource, rules, written } = records
  const patchMany = (most: number) =>
    many(records, {
      name: 'patch_many', declaredAt: 'bulk.update', method: 'PATCH', data: 'fields', consumes: JSON_TYPE, input: written('patch'),
      rule: rules.update, many: { as: 'patch', most }, summary: `Change some fields of all ${titled(resource)} that filters find`
    }) // prettier-ignore
  const removeMany = (most: number) =>
    many(records, {
      name: 'remove_many', declaredAt: 'bulk.remove', method: 'DELETE', data: 'input', consumes: [], input: NO_INPUT,
      rule: rules.remove, many: { as: 'remove', most }, summary: `Remove all ${titled(resource)} that filters find`
    }) // prettier-ignore

  return [
    ...(update === undefined ? [] : [patchMany(update)]),
    ...(remove === undefined ? [] : [removeMany(remove)])
  ]
}

/** Brings a removed record back. */
export const restore = ({ resource, path, rules, record }: Records): Draft => ({
  resource,
  name: 'restore',
  declaredAt: 'soft_delete',
  effect: 'write',
  target: 'record',
  data: 'input',
  answers: 'record',
  event: 'restore',
  consumes: JSON_TYPE,
  produces: JSON_TYPE,
  http: { method: 'POST', path: `/${path}/{id}/restore`, status: 200 },
  rule: alsoRemoved(rules.remove),
  summary: `Bring ${oneOf(resource)} back that was removed`,
  input: NO_INPUT,
  output: record,
  transaction: false
})

const userId = Type.Unsafe<number | string | null>({
  type: ['integer', 'string', 'null'],
  description: 'An id of users, in the type that ids of users have.'
})
const entry = Type.Object({
  position: Type.Integer(),
  event: Type.String(),
  action: Type.Union([Type.String(), Type.Null()]),
  user_id: userId,
  impersonator_id: userId,
  at: Type.String({ format: 'date-time' }),
  changes: Type.Record(Type.String(), Type.Object({ from: Type.Unknown(), to: Type.Unknown() }))
})
const HISTORY = {
  input: Type.Object(
    {
      limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
      skip: Type.Integer({ minimum: 0, maximum: 1000, default: 0 })
    },
    { additionalProperties: false }
  ),
  output: Type.Object({
    total: Type.Integer(),
    limit: Type.Integer(),
    skip: Type.Integer(),
    data: Type.Array(entry)
  })
}

/** For whoever may read a record, and of a removed one for whoever could remove it: which of them it is, the record says. */
export const history = ({ resource, path, rules: { read, remove } }: Records): Draft => ({
  resource,
  name: 'history',
  declaredAt: 'audited',
  effect: 'read',
  target: 'record',
  data: 'input',
  answers: 'output',
  consumes: [],
  produces: JSON_TYPE,
  http: { method: 'GET', path: `/${path}/{id}/history`, status: 200 },
  rule: alsoRemoved(or([read, remove])),
  summary: `Who changed what of ${oneOf(resource)}, and when: the last thousand changes, newest first`,
  ...HISTORY,
  transaction: false
})
