import type { AnyResource } from '../any-resource'
import type { Problem } from './shared/problem'
import { problem } from './shared/problem'

/** Names that a service has already: a method of the same name would take their place. A test compares the list. */
export const TAKEN: ReadonlySet<string> = new Set([
  // Feathers' own methods, and what it puts on every service.
  'find', 'get', 'create', 'update', 'patch', 'remove',
  'all', 'around', 'before', 'after', 'error', 'hooks', 'setup', 'teardown', 'publish', 'registerPublisher',
  // Node's EventEmitter.
  '_events', '_eventsCount', '_maxListeners', 'setMaxListeners', 'getMaxListeners', 'emit', 'addListener', 'on',
  'prependListener', 'once', 'prependOnceListener', 'removeListener', 'off', 'removeAllListeners', 'listeners',
  'rawListeners', 'listenerCount', 'eventNames',
  // Events of socket.io itself: a method is called by an event of its name.
  'connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener',
  // Events that tell of every record, and of every socket: one of another meaning would be taken for them.
  'created', 'updated', 'patched', 'removed', 'reset', 'token_expiring', 'token_expired',
  // The service class of declared resources. A service with `then` would be awaited as a promise.
  'id', 'app', 'model', 'options', 'events', 'target', 'run', 'one', 'count', 'picked', 'sanitized', 'define', 'transition', 'action',
  'then'
]) // prettier-ignore

/** Permissions of API keys that name several operations: `notes:read` would allow one of this name by accident. */
const PERMISSIONS = ['read', 'write']

interface Named {
  readonly resource: AnyResource
  /** Where the declaration says so. */
  readonly path: string
  readonly name: string
  readonly http: string
}

const isTaken = (name: string) => TAKEN.has(name) || name in Object.prototype
const pathOf = ({ name, spec }: AnyResource) => spec.path ?? name

const crudOf = (resource: AnyResource): Named[] => {
  const { access, create, table } = resource.spec
  const [all, one] = [`/${pathOf(resource)}`, `/${pathOf(resource)}/{id}`]
  const offered = [
    ...(access.read === undefined ? [] : [['find', `GET ${all}`], ['find', `GET ${all}/pages`], ['find', `GET ${all}/select`], ['get', `GET ${one}`], ['get', `GET ${one}/select`]]),
    ...(access.create === undefined ? [] : [['create', `POST ${all}`], ...(create ? [] : [['create', `POST ${all}/bulk`]])]),
    ...(access.update === undefined ? [] : [['update', `PUT ${one}`], ['patch', `PATCH ${one}`]]),
    ...(access.remove === undefined ? [] : [['remove', `DELETE ${one}`]])
  ] as [string, string][] // prettier-ignore

  return table === false ? [] : offered.map(([name, http]) => ({ resource, path: 'path', name, http }))
}

const declaredOf = (resource: AnyResource): Named[] => {
  const { spec } = resource
  const [all, one] = [`/${pathOf(resource)}`, `/${pathOf(resource)}/{id}`]
  const named = (path: string, name: string, http: string) => ({ resource, path, name, http })
  const isRestored = spec.soft_delete && spec.access.remove !== undefined && spec.table !== false
  const isKept = spec.audited && spec.access.read !== undefined && spec.table !== false

  return [
    ...(isRestored ? [named('soft_delete', 'restore', `POST ${one}/restore`)] : []),
    ...(isKept ? [named('audited', 'history', `GET ${one}/history`)] : []),
    ...Object.entries(spec.states?.transitions ?? {}).map(([name, { http }]) =>
      named(`states.transitions.${name}`, name, `${http?.method ?? 'POST'} ${one}/${http?.path ?? name}`)
    ),
    ...Object.entries(spec.actions ?? {}).map(([name, { on, http }]) =>
      named(
        `actions.${name}`,
        name,
        `${http?.method ?? 'POST'} ${on === 'collection' ? all : one}/${http?.path ?? name}`
      )
    ),
    ...Object.entries(spec.reports ?? {}).map(([name, { http }]) =>
      named(`reports.${name}`, name, `GET ${all}/${http?.path ?? name}`)
    )
  ]
}

/** Each item with the first that has the same key, where that is another. */
const collisions = <T>(items: readonly T[], keyOf: (item: T) => string): [T, T][] => {
  const first = new Map<string, T>()

  return items.flatMap((item) => {
    const known = first.get(keyOf(item))
    if (known === undefined) first.set(keyOf(item), item)
    return known === undefined ? [] : [[item, known] as [T, T]]
  })
}

const sameNames = (resource: AnyResource): Problem[] => {
  const named = declaredOf(resource)
  const taken = named.filter(({ name }) => isTaken(name))
  const ambiguous = named.filter(({ name }) => PERMISSIONS.includes(name))

  return [
    ...ambiguous.map(({ path, name }) =>
      problem(
        resource,
        path,
        `${name} is a permission of API keys, which names several operations`,
        `choose another name than ${name}, such as mark_${name}`
      )
    ),
    ...taken.map(({ path, name }) =>
      problem(
        resource,
        path,
        `${name} is a method that every service has already`,
        `choose another name than ${name}`
      )
    ),
    ...collisions(named, ({ name }) => name).map(([{ path, name }, first]) =>
      problem(
        resource,
        path,
        `${name} is the name of ${first.path} as well`,
        `rename ${path}, or leave one of the two out`
      )
    )
  ]
}

const sameResources = (resources: readonly AnyResource[]): Problem[] => {
  const names = collisions(resources, ({ name }) => name)
  const paths = collisions(resources, pathOf).filter(([{ name }, first]) => name !== first.name)

  return [
    ...names.map(([resource]) =>
      problem(
        resource,
        'name',
        `two resources are called ${resource.name}`,
        `rename one ${resource.name}, or list it once`
      )
    ),
    ...paths.map(([resource, { name }]) =>
      problem(
        resource,
        'path',
        `${pathOf(resource)} is the path of ${name} as well`,
        `write another path for ${resource.name}`
      )
    )
  ]
}

/** Parameters of other names stand in the same place. */
const endpointOf = ({ http }: Named) => http.replace(/\{[^}]*\}/g, '{}')
const isOther = ([a, b]: [Named, Named]) => a.resource === b.resource ? a.name !== b.name : pathOf(a.resource) !== pathOf(b.resource) // prettier-ignore

const sameEndpoints = (resources: readonly AnyResource[]): Problem[] =>
  collisions(resources.flatMap((resource) => [...crudOf(resource), ...declaredOf(resource)]), endpointOf)
    .filter(isOther)
    .map(([{ resource, path, name, http }, first]) =>
      problem(resource, path, `${name} answers ${http}, which ${first.name} of ${first.resource.name} answers already`, `write another http.path or name for ${name}`)
    ) // prettier-ignore

/** One name, one path and one method of HTTP lead to one thing. */
export const uniquePaths = (resources: readonly AnyResource[]): Problem[] => [
  ...sameResources(resources),
  ...resources.flatMap(sameNames),
  ...sameEndpoints(resources)
]
