export { createClient } from './client'
export type { Client, ClientOptions } from './client'
export type { Call } from './calls'
export { isRachisError, RachisError } from './errors'
export type { ErrorDetail } from './errors'
export type { Live, Snapshot } from './live/store'
export { memoryStorage } from './session'
export type { Granted, Session, SessionStorage, SignedIn } from './session'
export type {
  ClientService,
  CreateOf,
  EventOf,
  Filter,
  FindQuery,
  IdOf,
  LiveQuery,
  Page,
  PatchOf,
  RowOf,
  SafeOptions,
  ServicesOf,
  UpdateOf,
  WriteOptions
} from './types'
export type { Uploadable, UploadedFile, UploadOptions, UploadProgress } from './upload/types'
export type { Written } from './writing'
