import type { Application } from '../declare/declarations'
import { isDevelopment } from '../errors/errors'
import type { Model } from '../model/model'
import type { Database } from '../sql/database'
import type { PipelineOptions } from './pipeline'
import { pipelinesOf } from './pipeline'
import { ResourceService } from './resource-service'
import { hooksOf } from './stage-timing'

export interface Registration extends PipelineOptions {
  readonly database: Database
}

const CRUD = ['find', 'get', 'create', 'update', 'patch', 'remove']

/** Puts the service of a declaration on the application, with its hooks. */
export const register = (app: Application, model: Model, registration: Registration) => {
  const service = new ResourceService(app, model, registration.database)
  const methods = model.operations.map(({ name }) => name)
  // Without a table Feathers' own methods would answer; without a rule they are there for the server itself only.
  const offered = model.source ? CRUD : []
  for (const name of CRUD.filter((method) => !offered.includes(method)))
    Object.defineProperty(service, name, { value: undefined })
  app.use(model.path as never, service as never, { methods: methods as never[], events: [] })
  const around = Object.fromEntries(
    Object.entries(pipelinesOf(model, registration))
      .filter(([name]) => offered.includes(name) || methods.includes(name))
      .map(([name, pipeline]) => [name, hooksOf(pipeline, isDevelopment())])
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
