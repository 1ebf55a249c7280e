import path from 'path'
import type { Application } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import type { Model } from '../model/model'
import type { Operation, RecordType } from '../model/operation'
import type { Caller } from '../service/call'
import { logger } from '../util/logger'
import { userFrom } from './caller'
import type { Project } from './project'

const TYPES: Readonly<Record<string, RecordType>> = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson'
}

/**
 * The type of a file: what `--format` says, else what its name ends with.
 *
 * @example fileTypeOf('tasks.ndjson.gz', undefined) // 'application/x-ndjson'
 * @throws {Error} where neither says it
 */
export const fileTypeOf = (file: string | undefined, format: string | undefined): RecordType => {
  const ending = path.extname((file ?? '').replace(/\.gz$/, '')).slice(1)
  const type = TYPES[format ?? ending.toLowerCase()]
  if (!type) throw new Error(`Say --format csv or --format ndjson${format === undefined ? '' : `; ${format} is none of them`}`) // prettier-ignore

  return type
}

/** @throws {Error} that lists the resources there are */
export const modelNamed = (models: readonly Model[], name: string | undefined, usage: string): Model => {
  const model = models.find((one) => one.name === name || one.path === name)
  if (!model) throw new Error(`Usage: ${usage}\nThere are ${models.map((one) => one.name).join(', ')}`)

  return model
}

/** @throws {Error} where the resource has no such operation */
export const operationNamed = (model: Model, name: string): Operation => {
  const operation = model.operations.find((one) => one.name === name && one.form === undefined)
  if (!operation) throw new Error(`Nobody may ${name} ${model.name}`)

  return operation
}

/** Runs with an application that answers nobody, and a caller with the rights of a user; of nobody where none is named. */
export const withApp = async (
  project: Project,
  as: string | undefined,
  work: (app: Application, caller: Caller) => Promise<void>
): Promise<void> => {
  // The limits of rates protect the server from those who call it over a network; a command counts in none of them.
  const app = (await project.load()).createApp({ config: { rate_limit: { requests: 0 } } })
  await app.setup()
  try {
    const user = await userFrom(app, as)
    await work(app, { provider: 'cli', ...(user ? { user, authenticated: true } : {}) })
  } catch (error) {
    throw described(error)
  } finally {
    await app.teardown()
  }
}

/** Lines of the log would stand between those of the records. */
export const keepOutputClean = (): void => {
  logger.level = 'silent'
}

/** How the parameters of HTTP are typed. @example asOptions('use on_error=skip') // 'use --on-error skip' */
const asOptions = (text: string): string =>
  text.replace(/\b(on_error|dry_run|upsert)\b(=(?=\w))?/g, (_all, name: string, equals?: string) => `--${name.replace('_', '-')}${equals ? ' ' : ''}`) // prettier-ignore

/** The error object of HTTP, in which the hint says what to type. */
const typedError = (error: ApiError) => {
  const { success, error: told } = error.toJSON()
  // How to sign in over HTTP is of no use here.
  const hint = error.code === 401 ? 'Say by --as whose rights count' : asOptions(told.hint)

  return { success, error: { ...told, hint } }
}

/** An error with its hint, and with a line for each record that it is about. */
const described = (error: unknown): unknown => {
  if (!(error instanceof ApiError)) return error
  const { message, hint, details = [] } = typedError(error).error
  const lines = details.flatMap((one) => (one.line === undefined ? [] : [failureLine(one)]))

  return new Error([message, ...(hint ? [hint] : []), ...lines].join('\n'), { cause: error })
}

/** What `withApp` or a command threw, as JSON. */
export const errorObject = (error: unknown): object => {
  const { cause, message } = error as Error

  return cause instanceof ApiError ? typedError(cause) : { success: false, error: { message } }
}

interface Failure {
  readonly line?: number
  readonly code?: string
  readonly message: string
}

/** @example failureLine({ line: 7, code: 'DUPLICATE', message: 'slug is taken' }) // 'line 7: DUPLICATE: slug is taken' */
export const failureLine = ({ line, code, message }: Failure): string => `line ${line}: ${code}: ${message}`
