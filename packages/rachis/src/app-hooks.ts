import { constraintsOf, databaseError } from './database/sql-errors'
import type { Application } from './declare/declarations'
import { toApiError } from './errors/errors'
import type { SocketCalls } from './http/calls'
import type { Model } from './model/model'
import { advisor } from './rules/module-facts'
import { boundQuery } from './service/hooks/bound-query'
import type { Hook } from './service/hooks/context'
import { share } from './service/hooks/share'
import { callOf, schemaError, translateErrors } from './service/hooks/translate-errors'
import { brokenOff } from './service/replica/broken-off'
import { rowsOf } from './util/call-watch'
import type { FailureLog } from './util/failure-log'

/** Every failure in a service, from whichever transport it was called, as an error of the catalogue. */
export const errorsOf = (app: Application, models: readonly Model[], logFailure: FailureLog) => {
  const constraints = constraintsOf(models)
  const advise = advisor(app.get('facts'))

  return translateErrors(
    (error, context) =>
      advise(
        (context.params.source && brokenOff(error)) ??
          databaseError(error, constraints, callOf(context)) ??
          schemaError(error, context) ??
          toApiError(error)
      ),
    (error, { path, method, params: { trace_id } }) => logFailure(error, { trace_id, path, method })
  )
}

/** Declared resources share the connections once it is known who calls; services written by hand find that out by themselves. */
const shareUndeclared = (models: readonly Model[]): Hook => {
  const declared = new Set(models.map(({ path }) => path))
  const shared = share({
    operationOf: (context) => context.app.get('identity').operationOf(context)
  })

  return (context, next) => (declared.has(context.path) ? next() : shared(context, next))
}

/** Where statements are logged, each one is noted with its call. */
const logged = (app: Application): Hook[] => {
  const log = app.get('sqlLog')
  if (!log) return []

  return [({ path, method, params }, next) => log.around(`${path}.${method}`, params.trace_id, next)]
}

/** Says of a call who made it and how much it answers, to those who watch it. Calls to services that are not declared begin here. */
const watchedCalls = (app: Application): Hook[] => {
  const watch = app.get('watch')
  if (!watch) return []
  const span = app.get('span')

  return [
    async (context, next) => {
      const { path, method, params } = context
      const call = params.watched
      try {
        await span(`${path}.${method}`, {}, next)
      } finally {
        if (call) Object.assign(call, { user_id: context.params.user?.id, rows: rowsOf(context.result) })
      }
    }
  ]
}

/** What every call goes through, on declared services and on others, from the outside in. */
export const hooksAround = (
  app: Application,
  models: readonly Model[],
  calls: SocketCalls,
  errors: Hook
): Hook[] => [
  ...logged(app),
  ...watchedCalls(app),
  calls.hook,
  errors,
  boundQuery(app.get('http').max_header_size),
  shareUndeclared(models)
]
