import type { Static } from '@feathersjs/typebox'
import type { ReportContext } from 'rachis'
import { Type } from 'rachis'

/** Which stores a report is about; all of them where nothing is said. */
export const place = {
  store_id: Type.Optional(
    Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, 'x-references': 'stores' })
  ),
  region: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 }))
}
export const strict = { additionalProperties: false }
export const Place = Type.Object(place, strict)
export type Place = Static<typeof Place>

export const CHOSEN = '(?::bigint is null or s.id = ?) and (?::text[] is null or s.region = any(?))'
export const chosen = ({ store_id, region }: Place) =>
  [store_id, store_id, region, region].map((value) => value ?? null)

export type Row = Record<string, unknown>

export const rowsOf = async (
  { knex }: ReportContext,
  sql: string,
  bindings: readonly unknown[]
): Promise<Row[]> => (await knex.raw<{ rows: Row[] }>(sql, bindings as never[])).rows
