import { Type } from '@feathersjs/typebox'
import type { TObject, TSchema } from '@feathersjs/typebox'
import type { AnyResource } from './any-resource'
import type { ColumnType } from './column-types'
import { orNull } from './or-null'
import { BIGINT, columnType, TEXT, typeInfo } from './column-types'
import type { Annotations } from './traits'
import type { AnyFieldAccess, AnyRule } from './clauses'

/** A column of a declaration with all that the declaration says of it, implicit columns included. */
export interface FieldInfo {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  /** JSON schema of the value, without our annotations. */
  readonly schema: TSchema
  /** JSON schema of the value where it is not null. */
  readonly value: TSchema
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly normalize?: 'lower' | 'upper'
  readonly hash?: 'password'
  /** SQL of a stored generated column. */
  readonly computed?: string
  /** The name of its column before it was renamed. */
  readonly was?: string
  readonly references?: {
    readonly resource: string
    readonly on_delete: string
    /** Clients may name records that they may not read. */
    readonly allow_unreadable?: boolean
    /** A clause that asks of the record that is referred to: clients may name no other. */
    readonly where?: Readonly<Record<string, unknown>>
  }
  readonly unique: boolean
  readonly owner: boolean
  readonly state: boolean
  /** Whether the client sets it always, at creation only, or never. */
  readonly writable: 'always' | 'create' | 'never'
  /** Its value never leaves the server. */
  readonly hidden: boolean
  /** Counts the changes of its record: the column `version`. */
  readonly counts?: true
  /** As they are written; lowered they are in the model's `fieldRules`. */
  readonly read: AnyRule
  readonly write: AnyRule
}

const ANNOTATIONS = [
  'column', 'unique', 'immutable', 'readOnly', 'writeOnly', 'computed', 'normalize', 'hash', 'references', 'owner', 'state', 'was', 'default'
] as const // prettier-ignore

const without = (schema: TSchema): TSchema =>
  Object.fromEntries(
    Object.entries(schema).filter(([key]) => !(ANNOTATIONS as readonly string[]).includes(key))
  ) as unknown as TSchema

/** `nullable(x)` is a union of x and null: the part that is not null. */
const present = (schema: TSchema): TSchema =>
  (schema.anyOf as TSchema[] | undefined)?.find((part) => part.type !== 'null') ?? schema

const writableOf = ({ readOnly, immutable }: Annotations): FieldInfo['writable'] =>
  readOnly ? 'never' : immutable ? 'create' : 'always'

const valueOf = (schema: TSchema, type: ColumnType): TSchema => ({
  ...typeInfo(type).range,
  ...without(schema)
})

const fieldInfo = (name: string, schema: TSchema, access: AnyFieldAccess = {}): FieldInfo => {
  const value = present(schema)
  const type = columnType({ ...value, ...schema }) ?? TEXT.name
  const inner = valueOf(value, type)
  const annotations = { ...value, ...schema } as Annotations

  return Object.freeze({
    name,
    type,
    nullable: value !== schema,
    schema: value === schema ? inner : orNull(inner),
    value: inner,
    default: schema.default,
    enum: value.enum as string[] | undefined,
    normalize: annotations.normalize,
    hash: annotations.hash,
    computed: annotations.computed,
    was: annotations.was,
    references: annotations.references,
    unique: annotations.unique ?? false,
    owner: annotations.owner ?? false,
    state: annotations.state ?? false,
    writable: writableOf(annotations),
    hidden: annotations.writeOnly ?? false,
    read: access.read ?? true,
    write: access.write ?? true
  })
}

/** A schema without null beside it, however that is written. */
const scalar = (schema: TSchema): TSchema => {
  const value = present(schema)
  const types = [value.type as string | readonly string[]].flat().filter((type) => type !== 'null')

  return types.length === 1 ? { ...value, type: types[0] } : value
}

/**
 * A parameter as a field, to be read as one out of a query; undefined for objects, lists and unions. Bounds are for the schema to check:
 * no column narrows a whole number.
 *
 * @example parameterInfo('days', Type.Integer())?.type // 'bigint'
 */
export const parameterInfo = (name: string, schema: TSchema): FieldInfo | undefined => {
  const value = scalar(schema)
  if (!['string', 'integer', 'number', 'boolean'].includes(value.type as string)) return undefined
  const column = value.type === 'integer' ? BIGINT.name : undefined

  return fieldInfo(name, { ...value, ...(column ? { column } : {}) } as TSchema)
}

const implicit = (name: string, schema: object, hidden = false) =>
  fieldInfo(name, { ...schema, readOnly: true, writeOnly: hidden } as unknown as TSchema)

const INSTANT = { type: 'string', format: 'date-time' }
/** Counted by a trigger, so that SQL by hand is counted as well. */
const VERSION: FieldInfo = Object.freeze({
  ...implicit('version', {
    type: 'integer',
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    column: BIGINT.name,
    description: 'Counts the changes of what every reader sees; in quotes it is what `If-Match` takes.'
  }),
  counts: true
})
const OPTIONAL_INSTANT = { anyOf: [INSTANT, { type: 'null' }], default: null }

const makeFields = ({ spec }: AnyResource): readonly FieldInfo[] => [
  implicit('id', typeInfo(spec.id ?? BIGINT.name).id?.schema ?? {}),
  ...Object.entries<TSchema>(spec.fields).map(([name, schema]) =>
    fieldInfo(name, schema, spec.access.fields?.[name])
  ),
  ...(spec.timestamps === false ? [] : [implicit('created_at', INSTANT), implicit('updated_at', INSTANT)]),
  ...(spec.versioned ? [VERSION] : []),
  ...(spec.soft_delete ? [implicit('deleted_at', OPTIONAL_INSTANT, true)] : [])
]

const made = new WeakMap<AnyResource['spec'], readonly FieldInfo[]>()

/**
 * Every column of a declaration in order: id, the declared fields, then the implicit ones. Made once: each verifier asks for those
 * of the resources that it looks at.
 *
 * @example fieldsOf(notes).map(({ name }) => name) // ['id', 'title', 'user_id', 'created_at', 'updated_at']
 */
export const fieldsOf = (resource: AnyResource): readonly FieldInfo[] => {
  const known = made.get(resource.spec) ?? Object.freeze(makeFields(resource))
  made.set(resource.spec, known)

  return known
}

/**
 * The schema of an object that has these properties and no others.
 *
 * @example
 * strictObject({ id: Type.Integer() }, ['id'])
 * // { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'], additionalProperties: false }
 */
export const strictObject = (properties: Record<string, TSchema>, required: readonly string[]): TObject =>
  Type.Unsafe({
    type: 'object',
    properties,
    required: [...required],
    additionalProperties: false
  }) as unknown as TObject

/**
 * The schema of a record as it is answered. A field that not every reader may read is not required.
 *
 * @example recordOf(notes).required // ['id', 'title', 'user_id', 'created_at', 'updated_at']
 */
export const recordOf = (resource: AnyResource): TObject => {
  const shown = fieldsOf(resource).filter(({ hidden }) => !hidden)
  const required = shown.filter(({ read }) => read === true).map(({ name }) => name)

  return strictObject(Object.fromEntries(shown.map((field) => [field.name, field.schema])), required)
}
