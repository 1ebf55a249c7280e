import type { TSchema } from '@feathersjs/typebox'
import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import {
  boolean,
  computed,
  integer,
  json,
  lower,
  money,
  nullable,
  oneOf,
  text,
  timestamp,
  Type,
  unique,
  withDefault,
  textArray,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { AnyResource, OnDelete } from '../../packages/rachis/src/declare'

// Words of SQL, and names so long that whatever is called after them has to be cut.
const TABLES = [
  'order',
  'select',
  'a',
  'with_a_name_so_long_that_its_indexes_have_to_be_cut_somewhere',
  'with_a_name_so_long_that_its_indexes_have_to_be_cut_elsewhere',
  'user'
]
const FIELDS = [
  'from',
  'value',
  'the_other_name_so_long_that_whatever_is_named_after_it_is_cut',
  'the_other_name_so_long_that_whatever_is_named_after_it_is_new',
  'group',
  'e',
  'end'
]

/** What files, Knex and SQL each read in their own way. */
const ODD = ["it's", 'a\\b', 'why?', 'a\\?b\\\\?', '`${x}`', 'one\n  two\r\nthree', '"', '😀', '']

interface Kind {
  /** The schema, under the first or the second bound. */
  schema(bound: boolean): TSchema
  readonly defaults: readonly unknown[]
  readonly isIndexed: boolean
}
export const KINDS: Record<string, Kind> = {
  text: { schema: (bound) => text({ maxLength: bound ? 100 : 200 }), defaults: ODD, isIndexed: true },
  lower: { schema: (bound) => lower(text({ minLength: bound ? 1 : 0, maxLength: 99 })), defaults: ["it's", 'x'], isIndexed: true }, // prettier-ignore
  choice: { schema: (bound) => (bound ? oneOf('a', "o'clock", 'b\\?') : oneOf('a', "o'clock", 'b\\?', 'd')), defaults: ['a', "o'clock", 'b\\?'], isIndexed: true }, // prettier-ignore
  integer: { schema: (bound) => integer(bound ? { minimum: -5 } : { minimum: -5, maximum: 100 }), defaults: [0, -5, 100], isIndexed: true }, // prettier-ignore
  big: { schema: () => Type.Integer({ column: 'bigint' }), defaults: [0, 2 ** 40], isIndexed: true },
  money: { schema: (bound) => money(bound ? { minimum: 0 } : {}), defaults: [0, 12.5], isIndexed: true },
  number: { schema: (bound) => Type.Number(bound ? { maximum: 1e9 } : {}), defaults: [0, 0.1, -1e-9], isIndexed: true }, // prettier-ignore
  boolean: { schema: () => boolean(), defaults: [true, false], isIndexed: true },
  timestamp: { schema: () => timestamp(), defaults: ['2026-01-31T12:00:00Z'], isIndexed: true },
  date: { schema: () => Type.String({ format: 'date' }), defaults: ['2026-01-31'], isIndexed: true },
  uuid: { schema: () => Type.String({ format: 'uuid' }), defaults: ['0190f3c2-0000-7000-8000-0123456789ab'], isIndexed: true }, // prettier-ignore
  json: { schema: () => json(), defaults: [{}, ...ODD.map((odd) => ({ [odd]: [odd] }))], isIndexed: false },
  words: { schema: (bound) => textArray({ maxItems: bound ? 9 : 10 }), defaults: [[], ODD.filter(Boolean)], isIndexed: false }, // prettier-ignore
  reference: { schema: () => Type.Unsafe({}), defaults: [], isIndexed: true }
}

/** What may change about a field from one declaration to the next. */
interface Trait {
  readonly nullable: boolean
  readonly unique: boolean
  readonly secret: boolean
  readonly bound: boolean
  readonly default: number
  readonly on_delete: OnDelete
}
interface Field extends Trait {
  readonly kind: string
  readonly target: number
}
/** What may change about a table. */
interface Switches {
  readonly soft_delete: boolean
  readonly versioned: boolean
  readonly timestamps: boolean
  readonly search: boolean
  readonly computed: boolean
  readonly indexes: readonly number[]
  readonly uniques: readonly number[]
}
interface Table extends Switches {
  readonly id: 'bigint' | 'uuid'
  readonly fields: readonly Field[]
}

const trait: Arbitrary<Trait> = fc.record({
  nullable: fc.boolean(),
  unique: fc.nat(3).map((n) => n === 0),
  secret: fc.nat(4).map((n) => n === 0),
  bound: fc.boolean(),
  default: fc.integer({ min: -3, max: 9 }),
  on_delete: fc.constantFrom<OnDelete[]>('cascade', 'restrict', 'set null')
})
const field: Arbitrary<Field> = fc
  .tuple(trait, fc.record({ kind: fc.constantFrom(...Object.keys(KINDS), 'reference'), target: fc.nat(99) }))
  .map(([changing, fixed]) => ({ ...changing, ...fixed }))
const picks = fc.array(fc.nat(99), { maxLength: 3 })
const switches: Arbitrary<Switches> = fc.record({
  soft_delete: fc.boolean(),
  versioned: fc.boolean(),
  timestamps: fc.boolean(),
  search: fc.boolean(),
  computed: fc.boolean(),
  indexes: picks,
  uniques: picks
})
const table: Arbitrary<Table> = fc
  .tuple(switches, fc.constantFrom<Table['id'][]>('bigint', 'uuid'), fc.array(field, { maxLength: 4 }))
  .map(([changing, id, fields]) => ({ ...changing, id, fields }))

/** A new field of a table that may have rows: they need a value. */
const addable = (added: Field): Field =>
  added.default >= 0 && KINDS[added.kind]!.defaults.length > 0 ? added : { ...added, nullable: true }

const changed = (old: Table): Arbitrary<Table> =>
  fc
    .tuple(switches, fc.array(field, { maxLength: 2 }), fc.tuple(...old.fields.map(() => trait)))
    .map(([changing, more, traits]) => ({
      ...changing,
      // What is there stays: to drop a column is for a person to decide.
      soft_delete: old.soft_delete || changing.soft_delete,
      versioned: old.versioned || changing.versioned,
      timestamps: old.timestamps || changing.timestamps,
      computed: hasComputed(old) || changing.computed,
      id: old.id,
      fields: [...old.fields.map((was, at) => ({ ...was, ...traits[at]! })), ...more.map(addable)]
    }))

const integerOf = ({ fields }: Table) => fields.findIndex(({ kind }) => kind === 'integer')
const hasComputed = (one: Table) => one.computed && integerOf(one) >= 0

const isIndexed = ({ kind, secret }: Field) => KINDS[kind]!.isIndexed && (!secret || kind === 'reference')
const isUnique = (declared: Field) => declared.unique && isIndexed(declared)
/** An integer may be what another column is computed from, which has to be readable wherever that one is. */
const isSecret = ({ secret, kind }: Field) => secret && kind !== 'reference' && kind !== 'integer'

const referenceTo = (target: Table, resource: string, on_delete: OnDelete): TSchema =>
  target.id === 'uuid'
    ? Type.String({ format: 'uuid', references: { resource, on_delete } })
    : Type.Integer({ column: 'bigint', references: { resource, on_delete } })

const schemaOf = (declared: Field, at: number, tables: readonly Table[], known: number): TSchema => {
  const kind = KINDS[declared.kind]!
  const target = declared.target % known
  const isReference = declared.kind === 'reference'
  // A record that must refer to another of its kind could never be the first.
  const isNullable = declared.nullable || (isReference && target === at)
  const on_delete = declared.on_delete === 'set null' && !isNullable ? 'restrict' : declared.on_delete
  const base = isReference
    ? referenceTo(tables[target]!, TABLES[target]!, on_delete)
    : kind.schema(declared.bound)
  const value = kind.defaults[declared.default % kind.defaults.length]
  const traits: [boolean, (schema: TSchema) => TSchema][] = [
    [isNullable, nullable],
    [declared.default >= 0 && value !== undefined, (schema) => withDefault(schema, value as never)],
    [isUnique(declared), unique],
    [isSecret(declared), writeOnly]
  ]

  return traits.reduce((schema, [isOn, wrap]) => (isOn ? wrap(schema) : schema), base)
}

/** Numbers as lists of one or two columns, none of them twice. */
const listsOf = (numbers: readonly number[], columns: readonly string[], taken: Set<string>): string[][] =>
  columns.length === 0
    ? []
    : numbers
        .map((n) => [
          ...new Set([
            columns[n % columns.length]!,
            columns[Math.floor(n / columns.length) % columns.length]!
          ])
        ])
        .filter((list) => !taken.has(list.join()) && taken.add(list.join()))

const resourceOf = (one: Table, at: number, tables: readonly Table[], known: number): AnyResource => {
  const base = integerOf(one)
  const names = one.fields.map((_, index) => FIELDS[index]!)
  const namesOf = (is: (declared: Field) => boolean) => names.filter((_, index) => is(one.fields[index]!))
  const columns = namesOf(isIndexed)
  const taken = new Set(namesOf(isUnique))
  const search = namesOf((declared) => declared.kind === 'text' && !isSecret(declared))
  const sum = hasComputed(one) ? { sum: nullable(computed(integer(), `"${names[base]!}" * 2`)) } : {}

  return {
    name: TABLES[at]!,
    spec: {
      id: one.id,
      timestamps: one.timestamps,
      soft_delete: one.soft_delete,
      versioned: one.versioned,
      access: {},
      // Before what it is computed from.
      fields: { ...sum, ...Object.fromEntries(one.fields.map((given, index) => [names[index], schemaOf(given, at, tables, known)])) }, // prettier-ignore
      unique: listsOf(one.uniques, columns, taken),
      indexes: listsOf(one.indexes, columns, taken),
      ...(one.search && search.length > 0 ? { search } : {})
    }
  }
}

/** Declarations, and the same after somebody has worked on them: more tables and columns, other constraints. */
export const evolution: Arbitrary<{ before: AnyResource[]; after: AnyResource[] }> = fc
  .array(table, { minLength: 1, maxLength: 4 })
  .chain((old) =>
    fc
      .tuple(fc.tuple(...old.map(changed)), fc.array(table, { maxLength: 2 }))
      .map(([kept, more]) => ({ old, next: [...kept, ...more] }))
  )
  .map(({ old, next }) => ({
    // A reference goes where it went: to one of the tables that were there.
    before: old.map((one, at) => resourceOf(one, at, old, old.length)),
    after: next.map((one, at) => resourceOf(one, at, next, old.length))
  }))
