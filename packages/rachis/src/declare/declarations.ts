import type { HookContext as FeathersHookContext, NextFunction } from '@feathersjs/feathers'
import type { Application as FeathersApplication } from '@feathersjs/koa'
import type { Knex } from 'knex'
import type { Allowance } from '../util/allowance'
import type { WatchedCall } from '../util/call-watch'
import type { Logger } from '../util/logger'

export type { NextFunction }

/** The roles that a user may have, by their names. An application that adds some (`extendAccounts`) adds them here too. */
export interface Roles {
  admin: true
  manager: true
  user: true
}

/** The fields that an application adds to its users, as it declares them (`extendAccounts`): the service of users has their types. */
export interface UserFields {}

/** Who performs a call: what Feathers puts in `params.user`. Rules may refer to each of these as `$user.<name>`. */
export interface Principal {
  id: number
  role: keyof Roles
  email: string
  username: string
  /** The session that they are signed in by; undefined for an API key. */
  session_id?: string
  /** Whether a second factor was shown in this session. */
  mfa: boolean
  /** What an API key is limited to; undefined where somebody signed in themselves. */
  scopes?: readonly string[]
  /** The administrator who acts as this user. */
  impersonator_id?: number | null
}

/** The settings. The engine, each module and the application add theirs where they declare them: `defineSettings`. */
export interface Settings {}

/** What `app.get` knows: the settings, and what each part of the engine puts on the application, declared where it does. */
export interface Configuration extends Settings {
  postgresqlClient: Knex
  logger: Logger
  /** The names of what the application declares itself; everything else that is declared is of a module. */
  ownResources: ReadonlySet<string>
}

/** Maps service names to service types. Each declaration adds itself. */
export interface ServiceTypes {}

/** The Feathers application that everything is registered on. */
export type Application = FeathersApplication<ServiceTypes, Configuration>

// Feathers' own generators write HookContext<ServiceClass> with no further arguments.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type HookContext<S = any> = FeathersHookContext<Application, S>

/** What is known of every call besides Feathers' own params, from the moment on in which its transport took it. */
interface OfTheCall {
  /** The address that it came from; undefined where the server calls itself. */
  address?: string
  /** Names the call in the log, in its errors and in the feed. A nested call has its caller's. */
  trace_id?: string
  /** What its request was counted for; undefined where requests are not limited. */
  allowance?: Allowance
  /** Where the call is logged, counted or traced. A nested call has its caller's. */
  watched?: WatchedCall
  /** The version of the API that it is made in; undefined where there is one only. */
  version?: number
  /** A signed link stands for the credentials, which is for reads that are declared so. */
  link?: boolean
}

declare module '@feathersjs/feathers/lib/declarations' {
  interface Params extends OfTheCall {}
}
