import type { Application } from '../declare/declarations'
import { serviceAt } from '../declare/service-at'
import type { Model } from '../model/model'
import type { CallDatabase } from '../sql/database'
import type { Hook } from './hooks/context'
import { inTurn } from './hooks/phased'
import type { Pipeline, PipelineOptions } from './pipeline'
import { pipelinesOf } from './pipeline'
import { ResourceService } from './resource-service'
import { hooksOf } from './stage-timing'
import type { Exports } from './exports'
import type { Imports } from './imports'
import type { TextReads } from './text-reads'

export interface Registration extends Omit<PipelineOptions, 'hasOtherHooks'> {
  readonly database: CallDatabase
  readonly textReads: TextReads
  readonly exports: Exports
  readonly imports: Imports
}

/** A service that is registered, as far as it is used here. */
interface Registered {
  hooks(map: object): unknown
  publish(publisher: () => null): void
}

const CRUD = ['find', 'get', 'create', 'update', 'patch', 'remove']

/**
 * The stages of a method as one hook. They are made with its first call: an application has hundreds of methods, and all of their stages together
 * would take a third of the time in which it is made.
 */
const stagesOf = (make: () => Pipeline, isTimed: boolean): Hook => {
  let stages: Hook | undefined

  return (context, next) => {
    stages ??= inTurn(...hooksOf(make(), isTimed))
    return stages(context, next)
  }
}

/** Puts the service of a declaration on the application, with its hooks. */
export const register = (app: Application, model: Model, registration: Registration) => {
  const service = new ResourceService(app, model, registration.database)
  const methods = model.operations.map(({ name }) => name)
  // Without a table Feathers' own methods would answer; without a rule they are there for the server itself only.
  const offered = model.source ? CRUD : []
  for (const name of CRUD.filter((method) => !offered.includes(method)))
    Object.defineProperty(service, name, { value: undefined })
  app.use(model.path as never, service as never, { methods: methods as never[], events: [] })
  const registered = serviceAt<Registered>(app, model.path)
  const { hooks } = registered
  let hasOtherHooks = false
  const pipelines = pipelinesOf(model, { ...registration, hasOtherHooks: () => hasOtherHooks })
  const around = Object.fromEntries(
    Object.entries(pipelines)
      .filter(([name]) => offered.includes(name) || methods.includes(name))
      .map(([name, pipeline]) => [name, stagesOf(pipeline, app.get('http').server_timing)])
  )
  registered.hooks({ around })
  // Whoever adds hooks later adds them behind ours.
  registered.hooks = (map) => {
    hasOtherHooks = true
    return hooks.call(registered, map)
  }
  if (model.hooks) registered.hooks(model.hooks)
  const { textReads, exports, imports, database, rates } = registration
  const readable = { model, database, rates, hasOtherHooks: () => hasOtherHooks }
  textReads.add(readable)
  exports.add(readable)
  imports.add(readable)
  // What happens is told by the feed alone, whatever is published for all services.
  registered.publish(() => null)
}
