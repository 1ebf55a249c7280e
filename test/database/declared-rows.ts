import type { Client } from 'pg'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { fieldsOf } from '../../packages/rachis/src/declare/field-info'
import type { FieldInfo } from '../../packages/rachis/src/declare/field-info'
import { quote } from '../../packages/rachis/src/util/quote'

export type Row = Readonly<Record<string, string | null>>

/** Two values of each type, which every bound of the drawn declarations lets pass. */
const VALUES: Readonly<Record<string, readonly [unknown, unknown]>> = {
  text: ['x0', 'x1'],
  integer: [3, 4],
  bigint: [5, 6],
  'numeric(12,2)': ['1.25', '2.5'],
  'double precision': [0.25, 7],
  boolean: [true, false],
  date: ['2026-01-31', '2024-02-29'],
  'timestamptz(3)': ['2026-01-31T12:00:00.125Z', '2024-02-29T00:00:00Z'],
  uuid: ['0190f3c2-0000-7000-8000-0123456789ab', '0190f3c2-0000-7000-8000-0123456789ac'],
  jsonb: ['{"a": 1}', '[]'],
  'text[]': ['{a}', '{}']
}

const IDS: Readonly<Record<string, readonly [unknown, unknown]>> = {
  bigint: [1, 2],
  uuid: VALUES.uuid!
}

const valueOf = (field: FieldInfo, at: number): unknown => {
  if (field.name === 'id') return IDS[field.type]![at]
  if (field.references) return IDS[field.type]![at]

  return field.enum ? field.enum[at] : VALUES[field.type]![at]
}

const insert = async (client: Client, resource: AnyResource, at: number, nullAt: ReadonlySet<string>) => {
  const fields = fieldsOf(resource).filter(({ computed }) => computed === undefined)
  const values = fields.map((field) => (at === 1 && nullAt.has(field.name) ? null : valueOf(field, at)))
  const columns = fields.map(({ name }) => quote(name)).join(', ')
  const marks = values.map((_value, index) => `$${index + 1}`).join(', ')
  await client.query(`insert into ${quote(resource.name)} (${columns}) values (${marks})`, values)
}

/** The fields that the second row leaves empty: they may be empty before, and afterwards as well or have a default by then. */
const emptyFields = (before: AnyResource, after: AnyResource | undefined): Set<string> => {
  const later = fieldsOf(after ?? before)
  const fits = ({ name }: FieldInfo) => {
    const next = later.find((field) => (field.was ?? field.name) === name) ?? later.find((field) => field.name === name) // prettier-ignore
    return !next || next.nullable
  }

  return new Set(fieldsOf(before).filter((field) => field.nullable && fits(field)).map(({ name }) => name))
} // prettier-ignore

/** Whether rows that get a default would break what is unique later. */
const isCrowded = (before: AnyResource, after: AnyResource | undefined): boolean => {
  if (!after) return false
  const old = new Set(fieldsOf(before).map(({ name }) => name))
  const fresh = fieldsOf(after).filter(({ name, was }) => !old.has(name) && !old.has(was ?? ''))
  const lists = after.spec.unique ?? []

  return fresh.some(({ name, unique }) => unique || lists.some((list) => list.includes(name)))
}

/** Fills each table with up to two rows that are valid before and after. Foreign keys are asked once all are there. */
export const fill = async (
  client: Client,
  before: readonly AnyResource[],
  after: readonly AnyResource[]
): Promise<void> => {
  await client.query(`begin; set local session_replication_role = replica`)
  const crowded = before.some((resource) => isCrowded(resource, after.find(({ name }) => name === resource.name)))
  for (const resource of before) {
    const next = after.find(({ name }) => name === resource.name)
    await insert(client, resource, 0, new Set())
    if (!crowded) await insert(client, resource, 1, emptyFields(resource, next))
  }
  await client.query('commit')
} // prettier-ignore

/** The rows of a table by id, each value as text. */
export const rowsOf = async (client: Client, table: string): Promise<ReadonlyMap<string, Row>> => {
  const { rows } = await client.query<{ row: Record<string, unknown> }>(
    `select to_jsonb(t) - '_search' - '_search_text' as row from ${quote(table)} t order by id`
  )
  const textOf = (value: unknown) =>
    value === null ? null : typeof value === 'object' ? JSON.stringify(value) : String(value)

  return new Map(
    rows.map(({ row }) => [
      String(row.id),
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)]))
    ])
  )
}
