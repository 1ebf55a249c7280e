import { Type } from '@feathersjs/typebox'
import type { TSchema } from '@feathersjs/typebox'
import { or } from '../declare/predicate'
import type { Access, Draft, Facts, HttpMethod, Rules } from './operation'
import { JSON_TYPE, NO_INPUT } from './operation'
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

const factsOfCreation = ({ path, batch }: Records): Partial<Facts> => ({
  batch,
  location: `/${path}/{id}`
})

const standard = (records: Records, { access, method, status, summary, ...facts }: Standard): Draft => {
  const { resource, path, rules, page, record, list, written } = records

  return {
    ...facts,
    resource,
    http: { method, path: facts.target === 'record' ? `/${path}/{id}` : `/${path}`, status },
    consumes: facts.data === 'none' ? [] : JSON_TYPE,
    produces: JSON_TYPE,
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
