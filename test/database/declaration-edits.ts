import type { TSchema } from '@feathersjs/typebox'
import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { integer, money, nullable, renamed, text, timestamp, Type } from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { fieldsOf } from '../../packages/rachis/src/declare/field-info'
import type { FieldInfo } from '../../packages/rachis/src/declare/field-info'
import { evolution } from './declaration-arbitraries'

/** What a person does to one field of a declaration, beyond what it allows and asks for. */
interface Edit {
  readonly table: number
  readonly field: number
  readonly kind: 'drop' | 'rename' | 'retype'
}
const edit: Arbitrary<Edit> = fc.record({
  table: fc.nat(9),
  field: fc.nat(9),
  kind: fc.constantFrom<Edit['kind'][]>('drop', 'rename', 'retype')
})

const short = () => text({ maxLength: 99 })
const big = () => Type.Integer({ column: 'bigint' })
/** Types that hold every value which the rows of the tests have, and some that hold fewer. */
const TYPES: Readonly<Record<string, readonly (() => TSchema)[]>> = {
  integer: [big, money, () => Type.Number(), short],
  bigint: [() => integer(), short],
  'numeric(12,2)': [() => Type.Number(), short],
  boolean: [() => integer(), short],
  date: [timestamp, short],
  'timestamptz(3)': [short],
  uuid: [short]
}

const isFree = (field: FieldInfo | undefined): field is FieldInfo =>
  field !== undefined && !field.references && field.computed === undefined

const retyped = (field: FieldInfo, choice: number): TSchema => {
  const types = TYPES[field.type] ?? []
  const schema = types[choice % types.length]!()

  return { ...(field.nullable ? nullable(schema) : schema), ...(field.unique ? { unique: true } : {}) }
}

type Lists = readonly (string | readonly string[])[] | undefined
const without = (lists: Lists, name: string) => lists?.filter((list) => ![list].flat().includes(name))
const withOther = (lists: Lists, from: string, to: string) =>
  lists?.map((list) => (typeof list === 'string' ? list : list.map((name) => (name === from ? to : name))))

/** A resource with other fields; what names one that is gone goes with it. */
const remade = ({ name, spec }: AnyResource, fields: Record<string, TSchema>, gone: string): AnyResource => {
  const search = spec.search?.filter((column) => column !== gone)
  const kept = Object.entries(fields).filter(([, schema]) => !String(schema.computed ?? '').includes(`"${gone}"`))

  return {
    name,
    spec: {
      ...spec,
      fields: Object.fromEntries(kept),
      indexes: without(spec.indexes, gone) ?? [],
      unique: (without(spec.unique, gone) ?? []) as string[][],
      search: search && search.length > 0 ? search : undefined
    }
  } as AnyResource
} // prettier-ignore

const edited = (resource: AnyResource, { field: choice, kind }: Edit): AnyResource => {
  const { spec } = resource
  const names = Object.keys(spec.fields)
  const name = names[choice % names.length]!
  const field = fieldsOf(resource).find((one) => one.name === name)
  if (!isFree(field) || spec.fields[name]!.was !== undefined) return resource
  const { [name]: schema, ...rest } = spec.fields
  if (kind === 'drop') return remade(resource, rest, name)
  if (kind === 'rename') {
    const other = `${name.slice(0, 50)}_anew`
    const renamedFields = Object.entries(spec.fields).map(([key, value]) =>
      key === name ? [other, renamed(schema!, name)] : [key, value.computed ? { ...value, computed: String(value.computed).replaceAll(`"${name}"`, `"${other}"`) } : value]
    ) // prettier-ignore

    return {
      name: resource.name,
      spec: {
        ...spec,
        fields: Object.fromEntries(renamedFields),
        indexes: withOther(spec.indexes, name, other),
        unique: withOther(spec.unique, name, other),
        search: spec.search?.map((column) => (column === name ? other : column))
      }
    } as AnyResource
  }

  return TYPES[field.type] && !field.hidden
    ? remade({ ...resource, spec: { ...spec, indexes: [], unique: [], search: undefined } } as AnyResource, { ...rest, [name]: retyped(field, choice) }, name)
    : resource
} // prettier-ignore

/** Declarations before and after somebody has dropped, renamed and changed what was there. */
export const upheaval: Arbitrary<{ before: AnyResource[]; after: AnyResource[] }> = fc
  .tuple(evolution, fc.array(edit, { maxLength: 4 }))
  .map(([{ before, after }, edits]) => ({
    before,
    after: edits.reduce(
      (all, one) =>
        all.map((resource, at) => (at === one.table % before.length ? edited(resource, one) : resource)),
      after
    )
  }))
