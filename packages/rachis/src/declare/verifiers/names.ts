import type { AnyResource } from '../any-resource'
import { hasBounds, typeInfo } from '../column-types'
import type { FieldInfo } from '../field-info'
import { PARAMETERS } from '../parameters'
import type { Context, Finding, Problem } from './shared/problem'
import { problem } from './shared/problem'

const SNAKE = /^[a-z][a-z0-9_]*$/
const PATH = /^[a-z][a-z0-9_-]*(\/[a-z][a-z0-9_-]*)*$/
/** PostgreSQL cuts a longer identifier, silently. */
const MAX_BYTES = 63
/** Tables of the engine itself and of Knex. */
const TABLES = ['changes', 'knex_migrations', 'knex_migrations_lock', 'rate_limits']
/** Columns that every table of PostgreSQL has already. */
const SYSTEM_COLUMNS = ['cmax', 'cmin', 'ctid', 'tableoid', 'xmax', 'xmin']
/** Paths that the engine serves beside the resources. */
const PATHS = ['batch', 'docs', 'events', 'health']

const found = (what: string, hint: string): Finding => ({ what, hint })

/** @example snake('firstName') // 'first_name' */
const snake = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^[_0-9]+|_+$/g, '')
    .toLowerCase()

const nameFinding = (name: string): Finding | undefined => {
  if (!SNAKE.test(name))
    return found(
      `${name} is not a name in snake_case`,
      `write ${snake(name) || 'a name of letters and digits'}`
    )
  if (name.length > MAX_BYTES) return found(`${name} is longer than ${MAX_BYTES} bytes`, `shorten ${name}`)

  return undefined
}

/** A row or a route would answer with what every JavaScript object inherits. */
const inheritedFinding = (name: string): Finding | undefined =>
  name in Object.prototype
    ? found(`${name} is a name that every object has`, `choose another name than ${name}`)
    : undefined

const tableFinding = (name: string): Finding | undefined => {
  const path = name.replace(/_/g, '-')
  if (TABLES.includes(name))
    return found(`${name} is a table of the engine itself`, `choose another name than ${name}`)
  if (name.includes('-'))
    return found(
      `${name} has a dash, as a table's name should not`,
      `write '${snake(name)}' with path: '${path}'`
    )

  return nameFinding(name) ?? inheritedFinding(name)
}

const pathFinding = (path: string, served: readonly string[]): Finding | undefined => {
  if (PATHS.includes(path))
    return found(`the path ${path} is served by the engine itself`, `choose another path than ${path}`)
  if (served.includes(path))
    return found(`the path ${path} is served by a module`, `choose another path than ${path}`)
  if (PATH.test(path)) return path.split('/').map(inheritedFinding).find(Boolean)

  return found(
    `the path ${path} has other than lower-case words between slashes`,
    "write it like 'meeting-notes' or 'office/notes'"
  )
}

const implicitOf = ({ spec }: AnyResource): string[] => [
  'id',
  ...(spec.timestamps === false ? [] : ['created_at', 'updated_at']),
  ...(spec.soft_delete ? ['deleted_at'] : [])
]

/** `min_price=10` asks for a price of at least 10, unless a field of that name is meant. */
const rangeFinding = (name: string, fields: ReadonlyMap<string, FieldInfo>): Finding | undefined => {
  const field = fields.get(/^(?:min|max)_(.+)$/.exec(name)?.[1] ?? '')
  if (!field || field.enum || field.hidden || !hasBounds(field)) return undefined

  return found(
    `${name} as a query parameter is the bound of ${field.name}, and a field as well`,
    `rename ${name}, or ${field.name}`
  )
}

const fieldFinding = (name: string, resource: AnyResource, { fields }: Context): Finding | undefined => {
  if (implicitOf(resource).includes(name))
    return found(`${name} is there by itself`, `leave ${name} out of fields`)
  if (SYSTEM_COLUMNS.includes(name))
    return found(`${name} is a column that PostgreSQL keeps for itself`, `choose another name than ${name}`)
  // An object is filtered by its paths only, such as before.price.
  if (
    (PARAMETERS as readonly string[]).includes(name) &&
    typeInfo(fields.get(name)!.type).shape !== 'object'
  ) {
    return found(
      `${name} is a parameter of every query, so no query could filter by the field`,
      `choose another name than ${name}`
    )
  }

  return nameFinding(name) ?? inheritedFinding(name) ?? rangeFinding(name, fields)
}

const all = (
  resource: AnyResource,
  at: string,
  names: object | undefined,
  finding: (name: string) => Finding | undefined
) => Object.keys(names ?? {}).flatMap((name) => from(resource, `${at}.${name}`, finding(name)))

const from = (resource: AnyResource, path: string, finding: Finding | undefined): Problem[] =>
  finding ? [problem(resource, path, finding.what, finding.hint)] : []

/** Names on the wire and in the database are one and the same: words that SQL, URLs and JavaScript all take as they are. */
export const names = (resource: AnyResource, context: Context): Problem[] => {
  const { name, spec } = resource

  return [
    ...from(resource, 'name', tableFinding(name)),
    ...(spec.path === undefined && tableFinding(name)
      ? []
      : from(resource, 'path', pathFinding(spec.path ?? name, context.served))),
    ...all(resource, 'fields', spec.fields, (field) => fieldFinding(field, resource, context)),
    ...all(resource, 'relations', spec.relations, (name) => nameFinding(name) ?? inheritedFinding(name)),
    ...all(resource, 'checks', spec.checks, nameFinding),
    ...all(resource, 'states.transitions', spec.states?.transitions, nameFinding),
    ...all(resource, 'actions', spec.actions, nameFinding),
    ...all(resource, 'reports', spec.reports, nameFinding)
  ]
}
