import type { AuthenticationStrategy } from '@feathersjs/authentication'
import type { Redis } from 'ioredis'
import type { Knex } from 'knex'
import type { Middleware } from 'koa'
import type { AnyResource } from './declare'
import type { Application, Settings } from './declare/declarations'
import type { Consumer } from './feed/consumer'
import type { Model } from './model/model'
import type { DocumentParts } from './openapi/openapi-document'
import type { ErrorDefinitions } from './errors/define-errors'
import type { Hook } from './service/hooks/context'
import type { Secrets } from './service/hooks/prepare'
import type { Identity } from './rules/identity'
import type { ModuleFacts } from './rules/module-facts'
import type { SettingsDeclaration } from './settings/declaration'
import type { Partly } from './settings/merge'
import type { Database } from './sql/database'
import type { Logger } from './util/logger'

/** What the parts of a module get. It is the same object for all parts of all modules of one application. */
export interface ModuleContext {
  /** Its settings are checked. Services are on it from `open` on. */
  readonly app: Application
  /** Of every declaration: those of the modules, then the application's. */
  readonly models: readonly Model[]
  readonly knex: Knex
  /** Runs compiled statements through the pool of `knex`. */
  readonly database: Database
  /** The Redis of `redis_url`; undefined without one. It is connected before `open` and closed after `close`. */
  readonly redis?: Redis
  readonly logger: Logger
}

/** A running process that can be asked for its own credentials, and by whose strategies others may sign in. */
export interface ModuleIdentity extends Identity {
  /** Takes a strategy of any module under its name. */
  register(name: string, strategy: AuthenticationStrategy): void
}

/** A consumer of the change feed, and its place among the others of the process. */
export interface ModuleConsumer extends Consumer {
  /** Whether it receives changes before or after the events that follow from them. */
  readonly order: 'before events' | 'after events'
  /** Resolves once everything is done that follows from the changes that it received. */
  idle?(): Promise<void>
}

/** Koa middleware in the two places of a request where a module may stand. */
export interface ModuleMiddleware {
  /** Before the content type is negotiated and the body is read: for paths that are no operations, which browsers walk. */
  readonly beforeBody?: readonly Middleware[]
  /**
   * Around every call, with its body read and before it is known who calls. What sets `ctx.feathers.authentication` says by what the
   * call authenticates, and the request is not asked for it.
   */
  readonly aroundCalls?: readonly Middleware[]
  /**
   * Whether this middleware has anything to do with a plain call of an operation that has this query. A call that concerns no module takes
   * a shorter path, on which no middleware runs. Without this function every call concerns the module.
   */
  readonly concerns?: (query: Readonly<Record<string, unknown>>) => boolean
}

/** What a command of a module can do with the project that it is run in. */
export interface ModuleProject {
  /** The project's folder. */
  readonly root: string
  /** The application, not yet listening and with its database closed: `setup()` opens it, `teardown()` closes it. */
  createApp(config?: Partly<Settings>): Promise<Application>
}
/** Runs with the words behind its name. The message of what it throws is printed, and the process ends with 1. */
export type ModuleCommand = (project: ModuleProject, args: readonly string[]) => void | Promise<void>

/**
 * A part of an application that somebody else may use too, such as `accounts`. It is a value: making one starts nothing, and each of
 * its parts runs only in an application that lists it, `createApp({ modules: [accounts] })`. Every part is optional; functions run in
 * the order in which they stand here, and those of several modules in the order of `modules`. What it says of itself as plain data is
 * in `ModuleFacts`.
 */
export interface Module extends Partial<ModuleFacts> {
  /** In snake_case, unique in an application. */
  readonly name: string
  /** Its declarations. They are served as those of the application are, and stand before them. */
  readonly resources?: readonly AnyResource[]
  /** Its settings, checked with all others before anything starts. */
  readonly settings?: SettingsDeclaration
  /** The module that this one adds to. Its migrations make its tables; those of the application make what is added. */
  readonly base?: Module
  /** The folder of the migrations of its tables. They run behind those of the engine and before those of the application. */
  readonly migrations?: string
  /** What it adds to the catalogue of errors: `defineErrors`. */
  readonly errors?: ErrorDefinitions
  /** Runs while the application is built, before its services are registered: puts what the other parts share on `app`. It opens nothing. */
  prepare?(context: ModuleContext): void
  /** How passwords are judged and hashed, where declarations have such fields. Of one module at most. */
  passwords?(context: ModuleContext): Secrets
  /** What stands in the way of a request on REST. */
  middleware?(context: ModuleContext): ModuleMiddleware
  /** What stands before operations on every transport once it is known who calls, by `resource.operation`: `{ 'notes.create': hook }`. */
  guards?(context: ModuleContext): Readonly<Record<string, Hook>>
  /** Who calls. Of one module at most; it runs once every declared service is registered. */
  identity?(context: ModuleContext): ModuleIdentity
  /** Feathers' strategies to authenticate by, by their names; the module with the `identity` takes those of all modules. */
  strategies?(context: ModuleContext): Readonly<Record<string, AuthenticationStrategy>>
  /** Who reads the change feed besides real time. */
  consumers?(context: ModuleContext): readonly ModuleConsumer[]
  /** Runs at start after the migrations and the application's own `seed`, in one process at a time. A rejection stops the start. */
  seed?(context: ModuleContext): Promise<void>
  /** Runs at start, before the feed is read and requests are answered. A rejection stops the start. */
  open?(context: ModuleContext): Promise<void>
  /** What the OpenAPI document says of paths that are no operations. It runs at the first request for the document. */
  documents?(context: ModuleContext): DocumentParts
  /** Runs when the application stops, after the last call is answered. */
  close?(context: ModuleContext): Promise<void>
  /** Commands of `rachis/cli`, by name; those of the engine and of the project go first. */
  readonly cli?: Readonly<Record<string, ModuleCommand>>
}
