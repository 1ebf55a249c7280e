import type { HookContext } from '@feathersjs/feathers'
import type { Application, Principal } from '../../declare/declarations'
import type { ErrorDetail } from '../../errors/errors'
import { validationError } from '../../errors/errors'
import type { Model } from '../../model/model'
import { parseStream } from '../../service/subscription'
import type { ResourceParams } from '../../service/service-params'
import { similar } from '../../util/similar'
import { targetProblem } from '../network/target'
import { reachOf, toldModels } from '../reading'
import type { Wishes } from './endpoint-fields'

type Given = Partial<Wishes> & { readonly url?: string }

const urlProblems = (app: Application, { url }: Given): ErrorDetail[] => {
  const message = url === undefined ? undefined : targetProblem(url, reachOf(app))
  return message ? [{ field: 'url', message, rule: 'url' }] : []
}

const eventNames = (models: readonly Model[]): string[] => [
  ...new Set(models.flatMap(({ path, events }) => events.flatMap(({ name }) => [name, `${path}.${name}`])))
]

const eventProblems = (models: readonly Model[], { events = [] }: Given): ErrorDetail[] => {
  const names = eventNames(models)
  return events.flatMap((event, index) => {
    if (names.includes(event)) return []
    const near = similar(event, names)
    const hint = near && `Did you mean ${near}?`
    return [{ field: `events.${index}`, message: 'is no event', rule: 'event', provided: event, hint }]
  })
}

/** With a comma it would be read as a list, and match none. */
const resourceProblems = ({ resources = [] }: Given): ErrorDetail[] =>
  resources.flatMap((resource, index) =>
    resource.includes(',') ? [{ field: `resources.${index}`, message: 'must be the path of one resource', rule: 'resource', provided: resource }] : []
  ) // prettier-ignore

const versionProblems = (app: Application, { api_version }: Given): ErrorDetail[] => {
  const { served } = app.get('versions')
  if (api_version === undefined || api_version === null || served.includes(api_version)) return []
  return [{ field: 'api_version', message: `must be one of ${served.join(', ')}`, rule: 'version' }]
}

/**
 * Refuses what an endpoint cannot be sent, or its owner may not ask for.
 *
 * @throws {ApiError} VALIDATION_ERROR; BAD_QUERY, FORBIDDEN and NOT_SUBSCRIBABLE as subscriptions are answered
 */
export const assertWishes = (app: Application, given: Given, user: Principal | null | undefined): void => {
  const models = toldModels(app.get('engine').models)
  const details = [...urlProblems(app, given), ...resourceProblems(given), ...eventProblems(models, given), ...versionProblems(app, given)] // prettier-ignore
  if (details.length > 0) throw validationError(details)
  const { resources = [], filter = {} } = given
  const listed = resources.length > 0 ? { resources: resources.join(',') } : {}
  parseStream(models, { ...listed, filter }, user)
}

type Context = Pick<HookContext, 'id' | 'data' | 'params'> & { readonly app: unknown }

/**
 * After a change of an endpoint, in its transaction, which a refusal rolls back. By then the rules have found the record, so whoever may not
 * change it is told 403 or 404 whatever was sent, as of any other resource. What it asks for is asked of the whole of it, since a filter
 * names what is listed.
 */
export const checkWishes = async ({ app, id, data, params }: Context): Promise<void> => {
  const { user, transaction } = params as ResourceParams & { readonly user?: Principal }
  const kept = (await transaction!
    .trx('webhook_endpoints')
    .where({ id })
    .first('resources', 'filter')) as Given
  assertWishes(app as Application, { ...(data as Given), ...kept }, user)
}
