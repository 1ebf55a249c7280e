import type { AnyResource } from '../any-resource'
import { BIGINT } from '../column-types'
import type { FieldInfo } from '../field-info'
import { fieldsOf } from '../field-info'
import type { Context, Finding, Problem } from './shared/problem'
import { instead, problem, shown, USERS } from './shared/problem'
import { ruleProblems } from './shared/rule'

type Reference = FieldInfo & { readonly references: NonNullable<FieldInfo['references']> }
const ON_DELETE = ['cascade', 'restrict', 'set null']

const found = (what: string, hint: string): Finding => ({ what, hint })

const targetFinding = (
  { name, type, references }: Reference,
  byName: Context['byName']
): Finding | undefined => {
  const target = byName.get(references.resource)
  if (!target)
    return found(
      `${name} refers to ${references.resource}, which is not a resource`,
      references.resource === USERS
        ? `write createApp({ modules: [accounts] }), or declare ${USERS}`
        : instead(references.resource, byName.keys())
    )
  if (target.spec.table === false) {
    return found(
      `${name} refers to ${target.name}, which has no records`,
      `write a resource with a table in place of ${target.name}`
    )
  }
  const id = target.spec.id ?? BIGINT.name
  if (type === id) return undefined
  const schema = `Type.String({ format: 'uuid', references: { resource: '${target.name}', on_delete: 'restrict' } })`

  return found(
    `${name} is a ${type} and the id of ${target.name} a ${id}`,
    id === 'uuid'
      ? `write ${name}: ${schema}, or take id: 'uuid' off ${target.name}`
      : `write ${name}: belongsTo('${target.name}')`
  )
}

const deleteFinding = ({ name, nullable, references: { on_delete } }: Reference): Finding | undefined => {
  if (!ON_DELETE.includes(on_delete))
    return found(`${name} has on_delete: ${on_delete}`, instead(on_delete, ON_DELETE))
  if (on_delete !== 'set null' || nullable) return undefined

  return found(
    `${name} may not be null and is set to null on delete`,
    `write nullable(…) around ${name}, or on_delete: 'restrict'`
  )
}

const KEYS = ['resource', 'on_delete', 'allow_unreadable', 'where']

const relaxedFinding = ({ name, references, writable }: Reference): Finding | undefined => {
  const unknown = Object.keys(references).find((key) => !KEYS.includes(key))
  if (unknown) return found(`${name} has references.${unknown}, which is not known`, instead(unknown, KEYS))
  const { allow_unreadable } = references
  if (allow_unreadable === undefined) return undefined
  if (typeof allow_unreadable !== 'boolean')
    return found(
      `${name} has allow_unreadable: ${shown(allow_unreadable)}`,
      'write allow_unreadable: true, or leave it out'
    )

  return writable === 'never'
    ? found(`${name} is set by the server, which may name any record`, 'leave allow_unreadable out')
    : undefined
}

const firstFinding = (
  { name, nullable, references }: Reference,
  resource: AnyResource
): Finding | undefined =>
  references.resource === resource.name && !nullable
    ? found(
        `${name} refers to ${resource.name} itself and may not be null, so there could be no first record`,
        `write nullable(…) around ${name}`
      )
    : undefined

const findings = (field: Reference, resource: AnyResource, byName: Context['byName']) => [
  targetFinding(field, byName),
  deleteFinding(field),
  firstFinding(field, resource),
  relaxedFinding(field)
]

/** It asks of the other record only, whoever refers to it. */
const conditionProblems = (resource: AnyResource, { name, references }: Reference, context: Context) => {
  const target = context.byName.get(references.resource)
  if (!target || references.where === undefined) return []
  const fields = new Map(fieldsOf(target).map((field) => [field.name, field]))
  const path = `fields.${name}.references.where`
  const asked = { path, of: 'membership' } as const

  return ruleProblems(resource, { ...context, fields }, asked, references.where)
}

/** What a foreign key refers to exists, and has an id of the key's type. */
export const references = (resource: AnyResource, context: Context): Problem[] =>
  [...context.fields.values()]
    .filter((field): field is Reference => field.references !== undefined)
    .flatMap((field) => [
      ...findings(field, resource, context.byName).flatMap((finding) =>
        finding ? [problem(resource, `fields.${field.name}`, finding.what, finding.hint)] : []
      ),
      ...conditionProblems(resource, field, context)
    ])
