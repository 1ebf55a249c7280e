/** The engine. Importing it builds nothing and opens nothing; `createApp` does. */
// The declarations of accounts add to ServiceTypes in the module itself, those of an application through this one. TypeScript keeps
// both only where it reads the former first, so they come along with every import of this module.
export type * as Accounts from './accounts'
export * from './declare'
export * from './declare/declarations'
export { createApp } from './create-app'
export type { AppOptions } from './create-app'
export type { Engine } from './engine'
export { ApiError, invalid } from './errors/errors'
export type { ErrorCode } from './errors/errors'
export * from './service/listing'
export { guardService } from './service/hooks/service-rules'
export { serve } from './serve'
export type { ResourceParams } from './service/service-params'
export type { Settings } from './settings/schema'
export type { Partly } from './settings/settings'
export { logger } from './util/logger'
