import path from 'path'
import type { Module, ModuleContext } from '../module'
import { accountsConsumers } from './consumers'
import { CookieSessions } from './cookie-sessions'
import { accountsDocuments } from './documents'
import { makeFirstAdministrator } from './first-administrator'
import { guardsOf } from './guards'
import { accountsIdentity } from './identity'
import { Limits } from './limits'
import { Mailer } from './mailer'
import { accountsMiddleware } from './middleware'
import { configuredProviders } from './oauth/settings'
import { passwordsOf } from './passwords'
import { accountsStrategies } from './all-strategies'
import { accountsSettings } from './settings'
import { errors } from './errors'
import { facts } from './facts'

const mailerFor = ({ app, logger }: ModuleContext): Mailer => {
  const { folder, ...mail } = app.get('mail')
  const kept = folder && path.resolve(app.get('database').data_dir, folder)
  const public_url = app.get('public_url') || `http://localhost:${app.get('port')}`
  const isProduction = process.env.NODE_ENV === 'production'

  return new Mailer({ ...mail, folder: kept, public_url, isProduction, logger })
}

const limitsFor = ({ app, knex, redis, logger }: ModuleContext): Limits => {
  const onError = (err: unknown) => logger.error({ err }, 'Attempts could not be counted')
  const { limits: settings } = app.get('auth')

  return new Limits({ knex, redis, settings, secret: app.get('secret_key'), onError })
}

/** Every part of the module but its declarations. */
export const parts = {
  settings: accountsSettings,
  migrations: path.join(__dirname, 'migrations'),
  errors,
  ...facts,
  prepare(context) {
    const { app } = context
    app.set('limits', limitsFor(context))
    app.set('mailer', mailerFor(context))
    if (app.get('auth').cookies.enabled) app.set('cookieSessions', new CookieSessions(app))
  },
  passwords: ({ app }) => passwordsOf(app),
  middleware: accountsMiddleware,
  guards: ({ app, models }) => guardsOf(app, models),
  identity: accountsIdentity,
  strategies: accountsStrategies,
  consumers: accountsConsumers,
  seed: ({ app }) => makeFirstAdministrator(app),
  documents: ({ app }) => accountsDocuments(configuredProviders(app.get('oauth')).map(([name]) => name)),
  close: ({ app }) => app.get('mailer').close()
} satisfies Omit<Module, 'name'>
