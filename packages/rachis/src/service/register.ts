import type { Knex } from 'knex'
import type { Model } from '../model/model'
import { mayApply } from '../rules/policy'
import type { Operation } from '../model/operations'
import type { Written } from '../model/schemas'
import { ResourceService } from './resource-service'
import type { Database } from '../sql/database'
import type { Application } from '../declare/declarations'
import { authorize, authorizeCreation, authorizeResult, explainDenial, touchesRule } from './hooks/authorize'
import { hasIncludes } from './hooks/answer-query'
import { boundData } from './hooks/bound-data'
import { include, includeWritten } from './hooks/include'
import { identify } from './hooks/authenticate'
import { recordChange } from './hooks/change'
import type { CallContext, Hook } from './hooks/context'
import type { Secrets } from './hooks/prepare'
import { prepare } from './hooks/prepare'
import { paginate, project } from './hooks/project'
import { askInputReferences, askReferences, assertFirst } from './hooks/references'
import { share } from './hooks/share'
import { step, isTransition } from './hooks/transition'
import { acceptUnchanged, authorizeFields } from './hooks/unchanged'
import { transaction } from './hooks/transaction'
import { validateData, validateId, validateInput, validateQuery } from './hooks/validate'

export interface Registration {
  readonly database: Database
  readonly knex: Knex
  readonly passwords: Secrets
  /** What stands before an operation once it is known who calls: `users.create`. */
  readonly guards?: Readonly<Record<string, Hook>>
  /** Called after every committed write. */
  readonly wake: () => void
}

/** What is asked of the data that a client sends. */
const dataChecks = (model: Model, method: Written): Hook[] => [
  boundData(model, method),
  acceptUnchanged(model, method),
  validateData(model, method),
  authorizeFields(model, method),
  askReferences(model)
]

const guardOf = ({ guards = {} }: Registration, { name }: Model, operation: string): Hook[] =>
  [guards[`${name}.${operation}`] ?? []].flat()

/** The way of a call of an operation that has an input of its own, from the outside in. */
const hooksOfOperation = (
  model: Model,
  registration: Registration,
  { name, effect, rule, answers, location, run, transaction: isNeeded }: Operation
): Hook[] => {
  const { knex, wake } = registration
  const isOwn = run !== undefined && effect === 'write'
  const isOpen = isOwn && location === undefined && mayApply(rule, null)
  const apart = isOwn && !isNeeded ? `${model.name}.${name}` : undefined
  const enter = [identify({ isOpen }), share(() => apart), authorize(model)]
  const first = [...enter, ...guardOf(registration, model, name), validateInput(model)]
  if (effect === 'read') return first
  const hasHooks = model.resource.spec.hooks !== undefined
  // Code that must not hold a connection holds none for hooks or related records either.
  const isJoined = (context: CallContext) => !isOwn && (hasHooks || hasIncludes(context))
  const joined = transaction(knex, (context) => isNeeded || isJoined(context))
  const write = [project(model), recordChange(model, wake)]
  const inside = [...write, joined, answers === 'output' ? [] : includeWritten, explainDenial(model)].flat()

  return [...first, askInputReferences(model), ...inside]
}

/** The way of each call, in order, from the outside in. */
const hooksOf = (model: Model, registration: Registration): Record<string, Hook[]> => {
  const { knex, passwords, wake } = registration
  const hasHooks = model.resource.spec.hooks !== undefined
  const inTransaction = (isNeeded: (context: CallContext) => boolean = () => false) =>
    transaction(knex, (context) => hasHooks || hasIncludes(context) || isNeeded(context))
  const enter = [identify(), share(), authorize(model)]
  const one = [validateId(model), validateQuery(model)]
  const write = [project(model), recordChange(model, wake)]
  const [touches, steps, complete] = [touchesRule(model), isTransition(model), prepare(model, passwords)]
  const guarded = (name: string) => [...enter, ...guardOf(registration, model, name)]
  const beforeHooks = hasHooks ? [assertFirst] : []
  const change = (method: 'update' | 'patch') => [
    ...[...guarded(method), ...one, ...dataChecks(model, method), complete],
    ...[...write, inTransaction((context) => touches(context) || steps(context)), includeWritten],
    ...[explainDenial(model), ...beforeHooks, step(model), authorizeResult(model)]
  ]
  return {
    find: [...enter, paginate(model), validateQuery(model), include()],
    get: [...enter, ...one, include()],
    create: [
      ...[...guarded('create'), validateQuery(model), ...dataChecks(model, 'create')],
      ...[complete, authorizeCreation(model), ...write, inTransaction(), includeWritten, ...beforeHooks]
    ],
    update: change('update'),
    patch: change('patch'),
    remove: [...guarded('remove'), ...one, ...write, inTransaction(), includeWritten, explainDenial(model)],
    ...Object.fromEntries(
      model.operations
        .filter(({ data }) => data === 'input')
        .map((operation) => [operation.name, hooksOfOperation(model, registration, operation)])
    )
  }
}

const CRUD = ['find', 'get', 'create', 'update', 'patch', 'remove']

/** Puts the service of a declaration on the application, with its hooks. */
export const register = (app: Application, model: Model, registration: Registration) => {
  const service = new ResourceService(app, model, registration.database)
  const methods = model.operations.map(({ name }) => name)
  const hooks = hooksOf(model, registration)
  // Without a table Feathers' own methods would answer; without a rule they are there for the server itself only.
  const offered = model.source ? CRUD : []
  for (const name of CRUD.filter((method) => !offered.includes(method)))
    Object.defineProperty(service, name, { value: undefined })
  app.use(model.path as never, service as never, { methods: methods as never[], events: [] })
  const around = Object.fromEntries(
    Object.entries(hooks).filter(([name]) => offered.includes(name) || methods.includes(name))
  )
  const registered = app.service(model.path as never) as unknown as {
    hooks(map: object): void
    publish(publisher: () => null): void
  }
  registered.hooks({ around })
  if (model.resource.spec.hooks) registered.hooks(model.resource.spec.hooks)
  // What happens is told by the feed alone, whatever is published for all services.
  registered.publish(() => null)
}
