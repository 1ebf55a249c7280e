import type { IncomingMessage } from 'http'
import type { Duplex } from 'stream'
import type { AuthenticationStrategy } from '@feathersjs/authentication'
import type { Redis } from 'ioredis'
import type { Knex } from 'knex'
import type { Middleware } from 'koa'
import type { AnyResource } from './declare'
import type { Application, Settings } from './declare/declarations'
import type { Problem } from './declare/verify'
import type { Consumer } from './feed/consumer'
import type { Model } from './model/model'
import type { DocumentParts } from './openapi/openapi-document'
import type { ErrorDefinitions } from './errors/define-errors'
import type { Hook } from './service/hooks/context'
import type { Secrets } from './service/hooks/prepare'
import type { Identity } from './rules/identity'
import type { ModuleFacts } from './rules/module-facts'
import type { RawRoutes } from './rules/raw-route'
import type { StreamedRoute } from './rules/streamed-route'
import type { SettingsDeclaration } from './settings/declaration'
import type { Partly } from './settings/merge'
import type { CallDatabase } from './sql/database'
import type { Logger } from './util/logger'
import type { ModuleBackup } from './util/module-backup'
import type { PageFiles } from './util/page-files'

/** What the parts of a module get. It is the same object for all parts of all modules of one application. */
export interface ModuleContext {
  /** Its settings are checked. Services are on it from `open` on. */
  readonly app: Application
  /** Of every declaration: those of the modules, then the application's. */
  readonly models: readonly Model[]
  /** The project's folder, from which paths in settings are read. */
  readonly root: string
  readonly knex: Knex
  /** Runs compiled statements through the pool of `knex`. */
  readonly database: CallDatabase
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

/** Koa middleware in the places of a request where a module may stand. */
export interface ModuleMiddleware {
  /** Before the content type is negotiated and the body is read: for paths that are no operations, which browsers walk. */
  readonly beforeBody?: readonly Middleware[]
  /** Answers requests whose bodies are read as they come, such as uploads. The first that takes a request answers it, before any operation of its path. */
  readonly streamed?: readonly StreamedRoute[]
  /**
   * Answers POST requests by the bytes of their bodies, such as incoming webhooks, whose signatures are of the bytes that were sent. The first
   * segment of each path is one of the `paths` of the module.
   */
  readonly rawRoutes?: RawRoutes
  /**
   * Around every call, with its body read and before it is known who calls. What sets `ctx.feathers.authentication` says by what the
   * call authenticates, and the request is not asked for it.
   */
  readonly aroundCalls?: readonly Middleware[]
  /** Answers the paths of the module that are `at_root`, by their names: the query and the body are read, and the credential is found. */
  readonly served?: Readonly<Record<string, Middleware>>
  /**
   * Whether this middleware has anything to do with a plain call of an operation that has this query. A call that concerns no module takes
   * a shorter path, on which no middleware runs. Without this function every call concerns the module.
   */
  readonly concerns?: (query: Readonly<Record<string, unknown>>) => boolean
}

/** Opens connections of another protocol, such as websockets, for requests that offer it. */
export interface UpgradeHandler {
  /**
   * The request is one for a host that is served, and is counted as a socket of its address until it is closed. It answers it, or destroys the
   * socket. What a foreign page opens brings the cookies of its visitor along: the identity is asked without a method, as for a handshake.
   */
  open(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends the connections that are open; runs when the application stops. */
  close(): void
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
  /**
   * What is wrong with the declarations of the application, besides what every application is asked: a problem stops the start, and
   * `npm run check`.
   *
   * @param models of the application's own declarations
   */
  verify?(models: readonly Model[]): readonly Problem[]
  /** Runs while the application is built, before its services are registered: puts what the other parts share on `app`. It opens nothing. */
  prepare?(context: ModuleContext): void
  /** How passwords are judged and hashed, where declarations have such fields. Of one module at most. */
  passwords?(context: ModuleContext): Secrets
  /** What stands in the way of a request on REST. */
  middleware?(context: ModuleContext): ModuleMiddleware
  /** Who takes requests that offer another protocol, by the path at the root of the host: `{ '/graphql': handler }`. */
  upgrades?(context: ModuleContext): Readonly<Record<string, UpgradeHandler>>
  /** Pages for people, by their paths at the root of the host: `{ '/admin': page }`. They are served without a credential. */
  pages?(context: ModuleContext): Readonly<Record<string, PageFiles>>
  /** What stands before operations on every transport once it is known who calls, by `resource.operation`: `{ 'notes.create': hook }`. */
  guards?(context: ModuleContext): Readonly<Record<string, Hook>>
  /** Who calls. Of one module at most; it runs once every declared service is registered. */
  identity?(context: ModuleContext): ModuleIdentity
  /** Feathers' strategies to authenticate by, by their names; the module with the `identity` takes those of all modules. */
  strategies?(context: ModuleContext): Readonly<Record<string, AuthenticationStrategy>>
  /** Who reads the change feed besides real time. */
  consumers?(context: ModuleContext): readonly ModuleConsumer[]
  /**
   * Makes in the database what neither a migration nor a declaration makes, such as the schema of a library, and makes it once. Runs at start
   * after the migrations, in one process at a time, and where a database is prepared that tests are given copies of.
   */
  install?(context: ModuleContext): Promise<void>
  /** Runs at start after the migrations and the application's own `seed`, in one process at a time. A rejection stops the start. */
  seed?(context: ModuleContext): Promise<void>
  /**
   * Runs at start, before consumers are handed changes and requests are answered; changes that it makes itself may be among them. A rejection stops
   * the start.
   */
  open?(context: ModuleContext): Promise<void>
  /** What the OpenAPI document says of paths that are no operations. It runs at the first request for the document. */
  documents?(context: ModuleContext): DocumentParts
  /** Runs when the application stops, after the last call is answered. */
  close?(context: ModuleContext): Promise<void>
  /**
   * What it keeps beside the database, for the commands that make and restore backups.
   *
   * @param app knows its settings, and nothing else
   */
  backup?(app: Application): ModuleBackup
  /** Commands of `rachis/cli`, by name; those of the engine and of the project go first. */
  readonly cli?: Readonly<Record<string, ModuleCommand>>
}
