import { Type } from '@feathersjs/typebox'
import type { TSchema } from '@feathersjs/typebox'
import type { AnyResource, AnyRule } from '../declare'
import type { Predicate } from '../declare/predicate'
import { predicateOfRule } from '../declare/predicate'
import type { Draft, Facts, Operation } from './operation'
import { ANY_TYPE, JSON_TYPE, NO_INPUT } from './operation'
import type { Records } from './standard-operations'
import { named, oneOf, titled } from './summaries'

/** A rule as written → a predicate with its literals in the form that rows have. */
export type Lower = (rule: AnyRule) => Predicate

/** A creation by the declaration's own code takes the data that the code says, and no list of them. */
export const ownCreation = ({ spec: { create } }: AnyResource, operation: Draft): Draft => {
  if (operation.name !== 'create' || !create) return operation
  const { batch: _batch, ...creation } = operation

  return {
    ...creation,
    data: 'input',
    answers: create.output ? 'output' : 'record',
    input: create.input,
    output: create.output ?? operation.output,
    transaction: true,
    run: create.run
  }
}

/** The address of what a declaration adds. An empty path is the address of the resource or of the record itself. */
const addressOf = (path: string, target: 'record' | 'collection', behind: string): string =>
  ['', path, ...(target === 'record' ? ['{id}'] : []), ...(behind ? [behind] : [])].join('/')

/** The steps of the state machine, each on one record. */
export const transitions = (
  { spec }: AnyResource,
  { resource, path, record }: Records,
  lowered: Lower
): Draft[] =>
  Object.entries(spec.states?.transitions ?? {}).map(([name, { access, to, http, summary }]) => ({
    resource,
    name,
    declaredAt: `states.transitions.${name}`,
    effect: 'write',
    target: 'record',
    data: 'input',
    answers: 'record',
    event: name,
    consumes: JSON_TYPE,
    produces: JSON_TYPE,
    http: {
      method: http?.method ?? 'POST',
      path: addressOf(path, 'record', http?.path ?? name),
      status: 200
    },
    rule: lowered(access),
    summary: summary ?? `Make ${oneOf(resource)} ${titled(to)}`,
    input: NO_INPUT,
    output: record,
    transaction: true
  }))

/** The schema of an answer that its declaration has none for. */
const outputOf = ({ answers }: Pick<Facts, 'answers'>, { record, list }: Records): TSchema => {
  if (answers === 'record') return record

  return answers === 'page' ? list : Type.Unknown()
}

type AnyAction = NonNullable<AnyResource['spec']['actions']>[string]

const httpOfAction = (name: string, path: string, { on, http }: AnyAction): Operation['http'] => ({
  method: http?.method ?? 'POST',
  path: addressOf(path, on === 'collection' ? 'collection' : 'record', http?.path ?? name),
  status: http?.status ?? 200
})

/** An action on a record answers the record as it is afterwards, unless it says something else. */
const answersOf = ({ on, output }: AnyAction): Facts['answers'] => {
  if (output) return 'output'

  return on === 'collection' ? 'records' : 'record'
}

const factsOfAction = (name: string, action: AnyAction, { status }: Operation['http']): Facts => ({
  effect: 'write',
  target: action.on === 'collection' ? 'collection' : 'record',
  data: 'input',
  answers: answersOf(action),
  event: name,
  consumes: JSON_TYPE,
  produces: status === 204 ? [] : JSON_TYPE
})

export const actions = ({ spec }: AnyResource, records: Records, lowered: Lower): Draft[] =>
  Object.entries(spec.actions ?? {}).map(([name, action]) => {
    const { resource, path } = records
    const http = httpOfAction(name, path, action)
    const facts = factsOfAction(name, action, http)

    return {
      ...facts,
      resource,
      name,
      declaredAt: `actions.${name}`,
      http,
      rule: lowered(action.access as AnyRule),
      summary: action.summary ?? named(name, resource),
      input: action.input,
      output: action.output ?? outputOf(facts, records),
      transaction: action.transaction !== false,
      run: action.run
    }
  })

type AnyReport = NonNullable<AnyResource['spec']['reports']>[string]

const listFacts = ({ output, as_list }: AnyReport, { page }: Records) => ({
  answers: output || !as_list ? ('output' as const) : ('page' as const),
  ...(as_list ? { asList: { without: [], ...(as_list === true ? {} : as_list) }, pages: page } : {})
})

export const reports = ({ spec }: AnyResource, records: Records): Draft[] =>
  Object.entries(spec.reports ?? {}).map(([name, report]) => ({
    ...listFacts(report, records),
    resource: records.resource,
    name,
    declaredAt: `reports.${name}`,
    effect: 'read',
    target: 'collection',
    data: 'input',
    consumes: [],
    produces: report.bytes ? ANY_TYPE : JSON_TYPE,
    http: {
      method: 'GET',
      path: addressOf(records.path, 'collection', report.http?.path ?? name),
      status: 200
    },
    rule: predicateOfRule(report.access as AnyRule),
    summary: report.summary ?? named(name, records.resource),
    input: report.input,
    output: report.output ?? outputOf(listFacts(report, records), records),
    transaction: false,
    run: report.run
  }))
