import type { ErrorCode } from '../errors/errors'
import { ApiError, orFault, toApiError } from '../errors/errors'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import { prefixOf } from '../model/prefix'
import type { ApiVersions } from '../model/versions/api-versions'
import { oldDataCheck } from '../model/versions/check'
import { presentData } from '../model/versions/data'
import { errorIn } from '../model/versions/errors'
import { presentQuery } from '../model/versions/query'
import { historyIn, pageIn, recordsIn } from '../model/versions/record'
import { stepsFrom } from '../model/versions/steps'
import { isObject } from '../util/is-object'
import type { Answer, Call, ExportRecords, Given, ImportRecords } from './call'

/** A resource whose clients speak several versions. */
interface Versioned {
  readonly model: Model
  readonly check: ReturnType<typeof oldDataCheck>
  readonly current: number
}

/** What is there in the present shape alone. @param what such as `Exports of tasks` */
const noOlder = (code: ErrorCode, what: string, current: number, hint: string) =>
  new ApiError(code, { message: `${what} have the shape of version ${current} alone`, hint })

const noOlderGroups = ({ resource }: Operation, current: number) =>
  noOlder('NOT_ACCEPTABLE', `Aggregates of ${resource}`, current, `Ask for ${prefixOf(current)}`)

/**
 * What a client of an older version sends, in the present shape.
 *
 * @throws what the older version does not know, or does not have
 */
const presentGiven = (
  { model, check, current }: Versioned,
  operation: Operation,
  version: number,
  given: Given
): Given => {
  const { data, query = {} } = given
  if (operation.groups && stepsFrom(model, version).length > 0) throw noOlderGroups(operation, current)
  const asked = { ...given, query: presentQuery(model, version, query) }
  if (operation.data === 'fields') {
    check(version, data)
    return { ...asked, data: presentData(model, version, data) }
  }
  // Such a report takes what the list takes besides its own input, and groups are of what filters find.
  if ((operation.asList || operation.groups) && isObject(data))
    return { ...asked, data: presentQuery(model, version, data) }

  return asked
}

/** The same, with what the older version does not know as its fault. */
const presentOrFault = (versioned: Versioned, operation: Operation, version: number, given: Given): Given =>
  given.fault ? given : orFault(() => presentGiven(versioned, operation, version, given), given)

/** The body of an answer as the older version has it. What own code answers by its own schema is the same in all versions. */
const shownBody = (model: Model, { answers, run, name }: Operation, version: number, body: unknown) => {
  if (name === 'history' && !run) return historyIn(model, version, body)
  if (answers === 'output') return body

  return answers === 'page' ? pageIn(model, version, body) : recordsIn(model, version, body)
}

/**
 * Calls operations for clients of older versions: what they send is written in the present shape before the call, and the answer in theirs
 * behind it. In between there is one path, with the rules, the validation and the names of the present version.
 */
export const versionedCall = (call: Call, models: readonly Model[], { current }: ApiVersions): Call => {
  const byName = new Map(models.map((model) => [model.name, { model, check: oldDataCheck(model), current }]))
  const differs = (version: number) => models.some((model) => stepsFrom(model, version).length > 0)
  const isOlder = Array.from({ length: current }, (_, version) => version > 0 && differs(version))

  return async (operation, given, caller): Promise<Answer> => {
    const { version = current } = caller
    if (!isOlder[version]) return call(operation, given, caller)
    const versioned = byName.get(operation.resource)!
    const { model } = versioned
    const present = presentOrFault(versioned, operation, version, given)
    try {
      // Pages are linked by the names that the client knows.
      const listedAt = { path: model.path, query: given.query ?? {}, version }
      const own = operation.name === 'find' ? { ...caller, listedAt } : caller
      const answer = await call(operation, present, own)

      return { ...answer, body: shownBody(model, operation, version, answer.body) }
    } catch (error) {
      // A fault is told by the names of the version already.
      throw present.fault ? toApiError(error) : errorIn(model, version, toApiError(error), given.data)
    }
  }
}

const noOlderExport = ({ resource }: Operation, current: number) =>
  noOlder('NOT_ACCEPTABLE', `Exports of ${resource}`, current, `Ask for ${prefixOf(current)}, or accept application/json`) // prettier-ignore

const noOlderImport = ({ resource }: Operation, current: number) =>
  noOlder('UNSUPPORTED_MEDIA_TYPE', `Imports of ${resource}`, current, `Send the file to ${prefixOf(current)}, or application/json`) // prettier-ignore

/**
 * Exports are written in the present shape alone.
 *
 * @throws NOT_ACCEPTABLE, to who may export it, in an older version where a resource had another shape there
 */
export const versionedExport =
  (read: ExportRecords, models: readonly Model[], { current }: ApiVersions): ExportRecords =>
  async (operation, given, caller, type) => {
    const { version = current } = caller
    const { include, $include = include } = given.query ?? {}
    const shown = models.filter(({ name }) => name === operation.resource || $include !== undefined)
    if (version < current && shown.some((model) => stepsFrom(model, version).length > 0))
      return read(operation, { ...given, fault: noOlderExport(operation, current) }, caller, type)

    return read(operation, given, caller, type)
  }

/**
 * Imports are read in the present shape alone.
 *
 * @throws UNSUPPORTED_MEDIA_TYPE, to who may import it, in an older version where the resource had another shape there
 */
export const versionedImport =
  (read: ImportRecords, models: readonly Model[], { current }: ApiVersions): ImportRecords =>
  async (operation, given, caller) => {
    const { version = current } = caller
    const model = models.find(({ name }) => name === operation.resource)!
    if (version < current && stepsFrom(model, version).length > 0)
      return read(operation, { ...given, fault: noOlderImport(operation, current) }, caller)

    return read(operation, given, caller)
  }
