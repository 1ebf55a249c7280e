import type { AnyResource } from '../any-resource'
import { hasBounds, typeInfo } from '../column-types'
import type { FieldInfo } from '../field-info'
import { PARAMETERS } from '../parameters'
import { inheritedFinding, nameFinding, snake } from './shared/name'
import type { Context, Finding, Problem } from './shared/problem'
import { problem } from './shared/problem'

/** Tables of the engine itself and of Knex. */
const TABLES = [
  'changes',
  'changes_audited',
  'changes_recent',
  'feed_audited',
  'knex_migrations',
  'knex_migrations_lock',
  'rate_limits'
]
/** Columns that every table of PostgreSQL has already. */
const SYSTEM_COLUMNS = ['cmax', 'cmin', 'ctid', 'tableoid', 'xmax', 'xmin']

const found = (what: string, hint: string): Finding => ({ what, hint })

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

const implicitOf = ({ spec }: AnyResource): string[] => [
  'id',
  ...(spec.timestamps === false ? [] : ['created_at', 'updated_at']),
  ...(spec.versioned ? ['version'] : []),
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
    ...all(resource, 'fields', spec.fields, (field) => fieldFinding(field, resource, context)),
    ...all(resource, 'relations', spec.relations, (name) => nameFinding(name) ?? inheritedFinding(name)),
    ...all(resource, 'checks', spec.checks, nameFinding)
  ]
}
