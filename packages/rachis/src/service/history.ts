import { PRINCIPALS } from '../declare'
import type { Masks, RowPredicate } from '../declare/predicate'
import { columnsOf as columnsIn, TRUE } from '../declare/predicate'
import { rowOfChange } from '../rules/audience'
import type { Model } from '../model/model'
import { otherModel } from '../model/models'
import { alsoRemoved } from '../model/rules'
import { masksOf, NO_MASKS } from '../rules/masks'
import type { User } from '../rules/policy'
import { readableColumns, restrictionOf } from '../rules/policy'
import { quote } from '../util/quote'
import { sameJson } from '../util/same-json'
import { recordedId } from '../model/recorded-id'
import type { Statement } from '../sql/where'
import { Binder, predicateSql } from '../sql/where'

type Row = Record<string, unknown>
/** A row of the change feed. */
interface ChangeRow {
  readonly id: number
  readonly event: string
  readonly action: string | null
  readonly before: Row | null
  readonly after: Row | null
  readonly user_id: string | null
  readonly impersonator_id: string | null
  readonly created_at: string
}
/** One entry of a record's history, as its reader may see it. */
export interface HistoryEntry {
  readonly position: number
  readonly event: string
  readonly action: string | null
  /** Who did it: told to administrators, and to themselves. */
  readonly user_id: number | string | null
  /** The administrator who acted as that user; told to the same. */
  readonly impersonator_id: number | string | null
  readonly at: string
  readonly changes: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>
}

/** Whose view of the past it is. The server itself sees every column of every record that leaves it. */
export interface Reader {
  readonly user: User
  readonly isTrusted: boolean
}
export interface HistoryRequest {
  readonly model: Model
  readonly reader: Reader
  readonly id: unknown
}

/** Older changes are in the audit view. */
const MOST = 1000

const columnsOf = ({ model, reader: { user, isTrusted } }: Pick<HistoryRequest, 'model' | 'reader'>) =>
  isTrusted ? model.visible : readableColumns(model, user)

/** Whether a rule holds of a row that the feed keeps as JSON: asked in the database, so that a page reads no more than it shows. */
const holds = ({ fields }: Model, rule: RowPredicate, json: string, binder: Binder): string => {
  if (rule.kind === 'false') return 'false'
  const columns = columnsIn(rule)
  if (columns.length === 0) return `${json} is not null`
  const types = new Map([...fields.values()].map(({ name, type }) => [name, type]))
  const record = columns.map((name) => `${quote(name)} ${types.get(name)}`).join(', ')

  return `(${json} is not null and exists (select from jsonb_to_record(${json}) as r(${record}) where ${predicateSql(rule, binder)}))`
}

/** A side of a change without the columns that the reader could not read of the record as it was then. */
const shown = (model: Model, masks: Masks, json: string, binder: Binder): string => {
  const hidden = [...masks].map(
    ([name, mask]) => `case when not ${holds(model, mask, json, binder)} then ${binder.bind(name)} end`
  )

  return hidden.length === 0 ? json : `${json} - array_remove(array[${hidden.join(', ')}]::text[], null)`
}

const OF_RECORD = (model: Model, id: unknown, binder: Binder) =>
  `from changes where resource = ${binder.bind(model.name)} and record_id = ${binder.bind(String(id))} order by id desc`

/**
 * The changes that a reader sees something of: each side of it by the rule of reading as the record was then, and none that
 * changed only what is hidden from them. A field of which a rule asks of the record is told of where the rule held then. That a record was touched,
 * or its changes counted, is no change of its own.
 */
const entriesOf = (asked: HistoryRequest, binder: Binder): string => {
  const { model, reader, id } = asked
  const rule = reader.isTrusted ? TRUE : restrictionOf(model.rules.read, reader.user)
  const masks = reader.isTrusted ? NO_MASKS : masksOf(model, reader.user)
  const isOwn = (name: string) => name !== 'updated_at' && !model.fields.get(name)?.counts
  const columns = columnsOf(asked).filter(isOwn)
  const seen = (json: string) =>
    `case when ${holds(model, rule, json, binder)} then ${shown(model, masks, json, binder)} end as ${json}`
  const recent = `select id, event, action, before, after, user_id, impersonator_id, created_at ${OF_RECORD(model, id, binder)} limit ${MOST}`
  const sides = `select id, event, action, ${seen('before')}, ${seen('after')}, user_id, impersonator_id, created_at from (${recent}) recent`

  return `(${sides}) entry where num_nonnulls(before, after) = 1 or exists (select from unnest(${binder.bind(columns)}::text[]) name where before -> name is distinct from after -> name)`
}

/** One page of the entries, newest first. */
export const selectEntries = (asked: HistoryRequest, page: { limit: number; skip: number }): Statement => {
  const binder = new Binder()
  const entries = entriesOf(asked, binder)
  const text = `select * from ${entries} order by id desc limit ${binder.bind(page.limit)} offset ${binder.bind(page.skip)}`

  return { text, values: binder.values }
}

/** How many entries there are, of the last thousand changes. */
export const countEntries = (asked: HistoryRequest): Statement => {
  const binder = new Binder()
  return { text: `select count(*)::integer as total from ${entriesOf(asked, binder)}`, values: binder.values }
}

/** A row where the record is removed and this user could remove it, by what it was last. */
export const selectRemoved = ({ model, reader: { user }, id }: HistoryRequest): Statement => {
  const binder = new Binder()
  const last = `select event, coalesce(after, before) as last ${OF_RECORD(model, id, binder)} limit 1`
  const rule = restrictionOf(alsoRemoved(model.rules.remove), user)
  const removed = `(event = 'removed' or last ->> 'deleted_at' is not null)`

  return {
    text: `select 1 as removed from (${last}) change where ${removed} and ${holds(model, rule, 'last', binder)}`,
    values: binder.values
  }
}

/** What is told of one change, whose sides are cut down to what the reader sees. */
export const historyEntry = (model: Model, reader: Reader) => {
  const columns = columnsOf({ model, reader })
  const { role, id } = (reader.user ?? {}) as { role?: string; id?: unknown }
  const userId = (recorded: string | null) => recordedId(otherModel(model, PRINCIPALS), recorded)

  return (change: ChangeRow): HistoryEntry => {
    const [before, after] = [rowOfChange(model, change.before), rowOfChange(model, change.after)]
    const changed = columns.filter((name) => !sameJson(before?.[name] ?? null, after?.[name] ?? null))
    const isTold = reader.isTrusted || role === 'admin' || (id !== undefined && String(id) === change.user_id)

    return {
      position: change.id,
      event: !before ? 'created' : !after ? 'removed' : change.event,
      action: change.action,
      user_id: isTold ? userId(change.user_id) : null,
      impersonator_id: isTold ? userId(change.impersonator_id) : null,
      at: change.created_at,
      changes: Object.fromEntries(
        changed.map((name) => [name, { from: before?.[name] ?? null, to: after?.[name] ?? null }])
      )
    }
  }
}
