import { AdapterBase } from '@feathersjs/adapter-commons'
import type { PaginationOptions } from '@feathersjs/adapter-commons'
import type { Id, NullableId, Paginated } from '@feathersjs/feathers'
import { ApiError } from '../errors/errors'
import type { RowPredicate } from '../declare/predicate'
import type { ResourceParams, TableServiceOptions } from './service-params'
import type { Row } from '../sql/database'
import { findPage, findRows } from './page'
import { answered, changedMeanwhile, notFound, picked, queryOf, selectRecord } from './service-query'
import { changesOf, givenColumns, storedOf } from './stored'
import { insert } from '../sql/insert'
import type { Precondition } from '../sql/preconditions'
import { selectPreconditions } from '../sql/preconditions'
import type { RelatedOptions } from '../sql/statements'
import type { Target } from '../sql/target'
import { receive } from '../sql/returning'
import * as statements from '../sql/statements'
import type { Statement } from '../sql/where'

export type { AccessParams, ResourceParams, TableServiceOptions } from './service-params'
type Params = ResourceParams

const { selectOne, selectRelated, selectHolding, update, remove } = statements

/**
 * A Feathers database adapter over one table. Each method is one statement; what a method may touch is decided before it
 * is called, and comes in as `params.access`.
 */
export class TableService extends AdapterBase<Row, Row, Row, ResourceParams, TableServiceOptions> {
  get target(): Target {
    return this.options.target
  }

  protected run(statement: Statement, params?: Params): Promise<Row[]> {
    return this.options.Model.query(statement, params?.transaction?.trx)
  }

  /** Runs a statement that reads: where the call's reads go, and in a transaction as one of many. */
  protected async rowsOf(statement: Statement, params?: Params): Promise<Row[]> {
    const source = params?.transaction ? undefined : params?.source

    return source ? source.query(statement) : this.run(statement, params)
  }

  private queryOf(params: Params, id?: Id): RowPredicate {
    return queryOf(this.target, params, id)
  }

  private picked(rows: Row[], params: Params): Row[] {
    return picked(rows, this.target, params)
  }

  /** Runs a statement that reads one record; in a transaction it is one of many. */
  private _read(statement: Statement, params: Params): Promise<Row[]> {
    return params.transaction || params.source
      ? this.rowsOf(statement, params)
      : this.options.Model.sendOne({ ...statement, effect: 'read' })
  }

  /** Runs a statement that writes. */
  async _write(statement: Statement, params: Params): Promise<Row[]> {
    return this.picked(receive(await this.run(statement, params), params.receipt), params)
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
    const { paginate } = this.getOptions(params)
    const { target, sealer } = this.options
    const reader = { target, sealer, run: (statement: Statement) => this.rowsOf(statement, params) }
    // Feathers takes `paginate: {}` for no pages, as it takes `false`.
    if (!paginate || !paginate.default) return findRows(reader, params)

    // Its type says that there always is a total; the caller of this one may have asked for none.
    return (await findPage(reader, params)) as Paginated<Row>
  }

  async _get(id: Id, params: Params = {}): Promise<Row> {
    const rows = await this._read(selectRecord(this.target, params, id), params)
    const [row] = answered(rows, this.target, params)
    if (!row) throw notFound()

    return row
  }

  /** Rows whose `by` is one of the keys. */
  async _related(
    by: string,
    keys: readonly unknown[],
    options: RelatedOptions,
    params?: Params
  ): Promise<Row[]> {
    return keys.length === 0 ? [] : this.rowsOf(selectRelated(this.target, by, keys, options), params)
  }

  /** The row with every column, locked until the transaction ends. */
  async _lock(id: Id, params: Params): Promise<Row> {
    const asked = { ...params, query: {} }
    const statement = selectOne(this.target, this.queryOf(asked, id), { lock: true })

    return this.one(statement, asked)
  }

  async _create(data: Row, params?: Params): Promise<Row>
  async _create(data: Row[], params?: Params): Promise<Row[]>
  async _create(data: Row | Row[], params?: Params): Promise<Row | Row[]>
  async _create(data: Row | Row[], params: Params = {}): Promise<Row | Row[]> {
    const rows = [data].flat()
    if (rows.length === 0) return []
    const columns = givenColumns(this.target, rows)
    const { change = {}, preconditions = [] } = params
    const statement = insert(this.target, rows, columns, change, preconditions)
    const created = await this._write(statement, params)
    if (created.length === 0) throw await this.refusalOf(params)

    return Array.isArray(data) ? created : created[0]!
  }

  async _update(id: Id, data: Row, params: Params = {}): Promise<Row> {
    const kept = new Set([this.target.id, this.target.touch, ...(this.target.kept ?? [])])
    const absent = [...storedOf(this.target)].filter((name) => !kept.has(name))
    const cleared = Object.fromEntries(absent.map((name) => [name, null]))

    return this.changeOne(this.queryOf(params, id), { ...cleared, ...changesOf(this.target, data) }, params)
  }

  async _patch(id: null, data: Row, params?: Params): Promise<Row[]>
  async _patch(id: Id, data: Row, params?: Params): Promise<Row>
  async _patch(id: NullableId, data: Row, params?: Params): Promise<Row | Row[]>
  async _patch(id: NullableId, data: Row, params: Params = {}): Promise<Row | Row[]> {
    if (id === null)
      return this._write(
        update(this.target, this.queryOf(params), changesOf(this.target, data), params.change ?? {}),
        params
      )

    return this.changeOne(this.queryOf(params, id), data, params)
  }

  private async changeOne(query: RowPredicate, data: Row, params: Params): Promise<Row> {
    const { change = {}, preconditions = [] } = params
    const statement = update(this.target, query, changesOf(this.target, data), change, preconditions)

    return this.writeOne(statement, query, params)
  }

  private async writeOne(statement: Statement, query: RowPredicate, params: Params): Promise<Row> {
    const [row] = await this._write(statement, params)
    if (row) return row
    throw params.preconditions?.length ? await this.refusalOf(params, query) : notFound()
  }

  /** What the write asks and does not get; undefined where there is no record that it could be asked of. */
  private async failedOf(
    { preconditions = [], ...params }: Params,
    query?: RowPredicate
  ): Promise<{ readonly failed?: Precondition } | undefined> {
    const statement = query
      ? selectHolding(this.target, query, preconditions)
      : selectPreconditions(preconditions, this.target.types)
    const [row] = await this.run(statement, params)

    return row && { failed: preconditions.find((_, index) => row[`$${index}`] !== true) }
  }

  private async refusalOf(params: Params, query?: RowPredicate): Promise<Error> {
    const found = await this.failedOf(params, query)
    return found ? (found.failed?.refusal() ?? changedMeanwhile()) : notFound()
  }

  /**
   * Asks beforehand what the write asks in its statement, for code that is to run before it: of the record of this id, or of none.
   * A record that is not there is left to the write itself.
   *
   * @throws the error of the first precondition that does not hold
   */
  async _assertPreconditions(params: Params, id?: Id): Promise<void> {
    if (!params.preconditions?.length) return
    const query = id === undefined ? undefined : this.queryOf({ ...params, query: {} }, id)
    const found = await this.failedOf(params, query)
    if (found?.failed) throw found.failed.refusal()
  }

  async _remove(id: null, params?: Params): Promise<Row[]>
  async _remove(id: Id, params?: Params): Promise<Row>
  async _remove(id: NullableId, params?: Params): Promise<Row | Row[]>
  async _remove(id: NullableId, params: Params = {}): Promise<Row | Row[]> {
    if (id === null)
      return this._write(remove(this.target, this.queryOf(params), params.change ?? {}), params)
    const { change = {}, preconditions = [] } = params
    const query = this.queryOf(params, id)
    const statement = remove(this.target, query, change, preconditions)

    return this.writeOne(statement, query, params)
  }

  private async sanitized(params: Params = {}): Promise<ResourceParams> {
    return { ...params, query: await this.sanitizeQuery(params) }
  }

  private requireMulti(method: string, params?: Params) {
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
    if (Array.isArray(data)) this.requireMulti('create', params)
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
    if (id === null) this.requireMulti('patch', params)
    return this._patch(id, data, await this.sanitized(params))
  }
  async remove(id: NullableId, params?: Params) {
    if (id === null) this.requireMulti('remove', params)
    return this._remove(id, await this.sanitized(params))
  }
}
