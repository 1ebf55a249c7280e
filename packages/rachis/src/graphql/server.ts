import type { Middleware } from 'koa'
import type { ModuleContext, UpgradeHandler } from '../module'
import { GraphqlEngine } from './engine'
import { answerOptions } from '../util/answer-options'
import { ALLOWED, graphqlOverHttp, withErrors } from './http'
import { graphqlOverEvents, wantsStream } from './http-stream'
import { failureLog } from '../util/failure-log'
import type { FindDocument } from './persisted'
import { graphqlSchema } from './schema'
import { subscriptionFields } from './subscriptions'
import { graphqlOverWebsockets } from './websockets'

/** What answers requests, and opens sockets. */
export interface GraphqlServer {
  readonly answer: Middleware
  readonly sockets: UpgradeHandler
}

/**
 * What answers `/graphql`.
 *
 * @param find finds the text of a request's document
 */
export const graphqlServer = ({ app, models, logger }: ModuleContext, find: FindDocument): GraphqlServer => {
  const engine = new GraphqlEngine({
    app,
    schema: () => graphqlSchema(models, subscriptionFields(models)),
    find,
    settings: app.get('graphql'),
    logFailure: failureLog(logger)
  })

  const [overHttp, overEvents] = [graphqlOverHttp(engine), graphqlOverEvents(engine)]

  return {
    answer: withErrors(engine, (ctx, next) => {
      if (ctx.method === 'OPTIONS') return answerOptions(ctx, ALLOWED)

      return (wantsStream(ctx) ? overEvents : overHttp)(ctx, next)
    }),
    sockets: graphqlOverWebsockets(app, engine)
  }
}
