import { AdapterBase } from '@feathersjs/adapter-commons'
import type { PaginationOptions } from '@feathersjs/adapter-commons'
import type { Id, NullableId, Paginated } from '@feathersjs/feathers'
import { ApiError } from '../errors'
import type { Terms } from '../resource'
import type { ResourceParams, Row, TableServiceOptions } from './service-params'
import type { RelatedOptions, Target } from './statements'
import * as statements from './statements'
import type { Statement } from './where'

export type { AccessParams, Database, ResourceParams, Row, TableServiceOptions } from './service-params'
type Params = ResourceParams

const { select, selectOne, selectRelated, count, insert, update, remove } = statements
const notFound = () => new ApiError('NOT_FOUND')

/**
 * A Feathers database adapter over one table. Each method is one statement; what a method may touch is decided before it
 * is called, and comes in as `params.access`.
 */
export class TableService extends AdapterBase<Row, Row, Row, ResourceParams, TableServiceOptions> {
  protected get target(): Target {
    return this.options.target
  }

  protected run(statement: Statement, params?: Params): Promise<Row[]> {
    return this.options.Model.query(statement, params?.transaction?.trx)
  }

  /** The call's query, AND the rule's, AND the id. */
  private queryOf(params: Params, id?: Id): Terms {
    const { $sort, $limit, $skip, $select, ...query } = (params.query ?? {}) as Row
    const parts = [
      query,
      params.access?.restrict ?? {},
      id === undefined ? {} : { [this.target.id]: this.idOf(id) }
    ]
    const asking = parts.filter((part) => Object.keys(part).length > 0)

    return asking.length === 1 ? asking[0]! : asking.length === 0 ? {} : { $and: asking }
  }

  /** An id that the column could not hold belongs to no record. */
  private idOf(id: Id): Id {
    const isWhole = /^-?\d{1,18}$/.test(String(id))
    const type = this.target.types.get(this.target.id)
    if ((type === 'bigint' || type === 'integer') && !isWhole) throw notFound()

    return id
  }

  private columnsOf(params: Params): readonly string[] {
    const allowed = params.access?.columns ?? this.target.columns
    const selected = params.query?.$select as string[] | undefined

    return selected ? allowed.filter((name) => name === this.target.id || selected.includes(name)) : allowed
  }

  private picked(rows: Row[], params: Params): Row[] {
    const selected = params.query?.$select as string[] | undefined
    if (!selected) return rows

    return rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).filter(([name]) => name === this.target.id || selected.includes(name))
      )
    )
  }

  private async one(statement: Statement, params: Params): Promise<Row> {
    const [row] = this.picked(await this.run(statement, params), params)
    if (!row) throw notFound()

    return row
  }

  async _find(params?: Params & { paginate?: PaginationOptions }): Promise<Paginated<Row>>
  async _find(params?: Params & { paginate: false }): Promise<Row[]>
  async _find(params?: Params): Promise<Paginated<Row> | Row[]>
  async _find(params: Params = {}): Promise<Paginated<Row> | Row[]> {
    const { $sort, $limit, $skip, $search: $rank } = (params.query ?? {}) as Row
    const query = this.queryOf(params)
    const rows =
      $limit === 0
        ? []
        : await this.run(
            select(this.target, { ...query, $sort, $limit, $skip, $rank }, this.columnsOf(params)),
            params
          )
    const { paginate } = this.getOptions(params)
    // Feathers takes `paginate: {}` for no pages, as it takes `false`.
    if (!paginate || !paginate.default) return rows
    const [limit, skip] = [Number($limit), Number($skip ?? 0)]
    // A page that is not full tells the total by itself.
    const isLast = rows.length < limit && (rows.length > 0 || skip === 0)
    const total = isLast ? skip + rows.length : await this.count(query, params)

    return { total, limit, skip, data: rows }
  }

  private async count(query: Terms, params: Params): Promise<number> {
    const [row] = await this.run(count(this.target, query), params)
    return Number(row!.total)
  }

  async _get(id: Id, params: Params = {}): Promise<Row> {
    return this.one(
      selectOne(this.target, this.queryOf(params, id), { columns: this.columnsOf(params) }),
      params
    )
  }

  /** Rows whose `by` is one of the keys. */
  async _related(
    by: string,
    keys: readonly unknown[],
    options: RelatedOptions,
    params?: Params
  ): Promise<Row[]> {
    return keys.length === 0 ? [] : this.run(selectRelated(this.target, by, keys, options), params)
  }

  /** The row with every column, locked until the transaction ends. */
  async _lock(id: Id, params: Params): Promise<Row> {
    return this.one(selectOne(this.target, this.queryOf({ ...params, query: {} }, id), { lock: true }), {
      ...params,
      query: {}
    })
  }

  async _create(data: Row, params?: Params): Promise<Row>
  async _create(data: Row[], params?: Params): Promise<Row[]>
  async _create(data: Row | Row[], params?: Params): Promise<Row | Row[]>
  async _create(data: Row | Row[], params: Params = {}): Promise<Row | Row[]> {
    const rows = [data].flat()
    if (rows.length === 0) return []
    const columns = this._stored().filter((name) => rows.some((row) => row[name] !== undefined))
    const created = this.picked(
      await this.run(insert(this.target, rows, columns, params.change ?? {}), params),
      params
    )

    return Array.isArray(data) ? created : created[0]!
  }

  /** Columns that a statement may write. */
  private _stored(): string[] {
    const { types, computed = [] } = this.target
    return [...types.keys()].filter((name) => !computed.includes(name))
  }

  private changesOf(data: Row): Row {
    const stored = new Set(this._stored())

    return Object.fromEntries(
      Object.entries(data).filter(
        ([name, value]) => value !== undefined && stored.has(name) && name !== this.target.id
      )
    )
  }

  async _update(id: Id, data: Row, params: Params = {}): Promise<Row> {
    const kept = new Set([this.target.id, this.target.touch, ...(this.target.kept ?? [])])
    const absent = this._stored()
      .filter((name) => !kept.has(name))
      .map((name) => [name, null])
    const changes = { ...Object.fromEntries(absent), ...this.changesOf(data) }

    return this.one(update(this.target, this.queryOf(params, id), changes, params.change ?? {}), params)
  }

  async _patch(id: null, data: Row, params?: Params): Promise<Row[]>
  async _patch(id: Id, data: Row, params?: Params): Promise<Row>
  async _patch(id: NullableId, data: Row, params?: Params): Promise<Row | Row[]>
  async _patch(id: NullableId, data: Row, params: Params = {}): Promise<Row | Row[]> {
    if (id === null)
      return this.picked(
        await this.run(
          update(this.target, this.queryOf(params), this.changesOf(data), params.change ?? {}),
          params
        ),
        params
      )

    return this.one(
      update(this.target, this.queryOf(params, id), this.changesOf(data), params.change ?? {}),
      params
    )
  }

  async _remove(id: null, params?: Params): Promise<Row[]>
  async _remove(id: Id, params?: Params): Promise<Row>
  async _remove(id: NullableId, params?: Params): Promise<Row | Row[]>
  async _remove(id: NullableId, params: Params = {}): Promise<Row | Row[]> {
    if (id === null)
      return this.picked(
        await this.run(remove(this.target, this.queryOf(params), params.change ?? {}), params),
        params
      )

    return this.one(remove(this.target, this.queryOf(params, id), params.change ?? {}), params)
  }

  private async sanitized(params: Params = {}): Promise<ResourceParams> {
    return { ...params, query: await this.sanitizeQuery(params) }
  }

  private demandMulti(method: string, params?: Params) {
    if (!this.allowsMulti(method, params))
      throw new ApiError('METHOD_NOT_ALLOWED', { message: `Can not ${method} multiple entries` })
  }

  async find(params?: Params) {
    return this._find(await this.sanitized(params))
  }
  async get(id: Id, params?: Params) {
    return this._get(id, await this.sanitized(params))
  }
  async create(data: Row | Row[], params?: Params) {
    if (Array.isArray(data)) this.demandMulti('create', params)
    return this._create(data, params)
  }
  async update(id: Id, data: Row, params?: Params) {
    if (id === null || Array.isArray(data))
      throw new ApiError('BAD_REQUEST', {
        message: "You can not replace multiple instances. Did you mean 'patch'?"
      })
    return this._update(id, data, await this.sanitized(params))
  }
  async patch(id: NullableId, data: Row, params?: Params) {
    if (id === null) this.demandMulti('patch', params)
    return this._patch(id, data, await this.sanitized(params))
  }
  async remove(id: NullableId, params?: Params) {
    if (id === null) this.demandMulti('remove', params)
    return this._remove(id, await this.sanitized(params))
  }
}
