import path from 'path'
import type { Knex } from 'knex'
import { guardsOf } from './accounts/guards'
import { Limits } from './accounts/limits'
import { Mailer } from './accounts/mailer'
import type { Application } from './declare/declarations'
import type { Logger } from './util/logger'
import { openRedis, redisOf } from './database/redis'

const mailerOf = (app: Application, logger: Logger) => {
  const { folder, ...mail } = app.get('mail')
  const kept = folder && path.resolve(app.get('database').data_dir, folder)
  const public_url = app.get('public_url') || `http://localhost:${app.get('port')}`
  const isProduction = process.env.NODE_ENV === 'production'

  return new Mailer({ ...mail, folder: kept, public_url, isProduction, logger })
}

/** What signing in needs around it: who counts attempts, who sends mails, and what stands before operations. */
export const door = (app: Application, knex: Knex, logger: Logger) => {
  const redis = redisOf(app)
  const mailer = mailerOf(app, logger)
  const onError = (err: unknown) => logger.error({ err }, 'Attempts could not be counted')
  const settings = app.get('auth').limits
  app.set('limits', new Limits({ knex, redis, settings, secret: app.get('secret_key'), onError }))
  app.set('mailer', mailer)

  return {
    guards: guardsOf(app),
    open: () => openRedis(redis),
    async close() {
      await mailer.close()
      redis?.disconnect()
    }
  }
}
