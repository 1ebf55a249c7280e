import type { Id } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import type { Application } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import type { Action } from '../declare'
import { cursorSealer } from './cursors'
import { readGroups } from './groups'
import type { HistoryRequest } from './history'
import { countEntries, historyEntry, selectEntries, selectRemoved } from './history'
import type { Model } from '../model/model'
import { otherModel } from '../model/models'
import { totalSeen } from '../model/pages'
import type { Operation } from '../model/operations'
import { NO_MASKS } from '../rules/masks'
import { restrictionOf } from '../rules/policy'
import { readerOf, server } from '../query/query-scope'
import { readableRows, requireSearchable } from '../query/readable'
import type { ResourceParams } from './service'
import type { CallDatabase, Row } from '../sql/database'
import { receive, SELECT_TRANSACTION } from '../sql/returning'
import { TableService } from './service'
import type { PlannedStep, WantedStep } from '../rules/transition'
import { planTransition } from '../rules/transition'
import type { Predicate } from '../declare/predicate'
import { ParentRows } from './parents'
import { findAt } from './snapshot'
import { targetOf } from './target'
import { writeMany } from './write-many'

type Input = Record<string, unknown> & { id?: Id }
type Method = (data: Input, params: ResourceParams) => Promise<unknown>

const ANNOUNCE = `select set_config('app.context', $1, true), ${SELECT_TRANSACTION}`

/** The service of a declaration: the adapter's methods, and one method for each transition, action and report. */
export class ResourceService extends TableService {
  constructor(
    private readonly app: Application,
    private readonly model: Model,
    database: CallDatabase
  ) {
    super({
      Model: database,
      target: targetOf(model),
      sealer: cursorSealer(app),
      id: 'id',
      multi: ['create'],
      paginate: model.page,
      events: []
    })
    for (const operation of model.operations) this.define(operation)
    if (model.creation) this.define(model.creation)
  }

  private define(operation: Operation) {
    if (operation.data !== 'input' && !operation.many) return
    Object.assign(this, { [operation.name]: this.methodOf(operation) })
  }

  /** By the declaration's own code, by the state machine, or by the engine, which reads the history and brings back what was removed. */
  private methodOf(operation: Operation): Method {
    const { name, effect, run, many, groups } = operation
    if (many) return writeMany(this, this.model, many) as Method
    if (groups)
      return (_data, params) => readGroups(this.target, (statement) => this.rowsOf(statement, params), params)
    if (run && effect === 'read')
      return (data, params) => run(data as never, this._context({} as Row, params) as never)
    if (run) return (data, params) => this.action(operation, data, params)
    if (this.model.states?.transitions.some((step) => step.name === name))
      return (data, params) => this.transition(operation, data, params)

    return effect === 'read'
      ? (data, params) => this.readHistory(data, params)
      : (data, params) => this._restore(data, params)
  }

  override find(params?: ResourceParams) {
    const { snapshot } = params ?? {}
    if (!snapshot || snapshot.seen) return super.find(params)
    return findAt(this.app.get('postgresqlClient'), snapshot, (transaction) =>
      super.find({ ...params, transaction })
    )
  }

  /** PUT: the data was completed with the defaults of what it left out. Fields that a client may not write stay. */
  override async update(id: Id, data: Row, params?: ResourceParams): Promise<Row> {
    return this._patch(id, data, params)
  }

  override async remove(id: Id, params?: ResourceParams): Promise<Row | Row[]> {
    return this.model.softDelete
      ? this._patch(id, { deleted_at: new Date().toISOString() }, params)
      : this._remove(id, params)
  }

  private async transition({ name }: Operation, { id }: Input, params: ResourceParams): Promise<Row> {
    const record = await this.lockReadable(id!, params)
    const { changes, run } = await this._plan({ name }, record, params)
    await this._announce(params)
    await run?.(this._context(record, params) as never)

    return this._patch(id!, changes, { ...params, access: undefined, query: {} })
  }

  /** The step that is wanted of a record that is locked. */
  async _plan(wanted: WantedStep, record: Row, params: ResourceParams): Promise<PlannedStep> {
    const states = this.model.states!
    const user = params.provider ? (params.user ?? null) : undefined
    const rules = user === undefined ? [] : states.transitions.map(({ rule }) => restrictionOf(rule, user))
    const find = await this._parents(params).hold(rules, [record])

    return planTransition(states, wanted, record, user, new Date(), params.user, find)
  }

  /** Locks the records that the call's rule asks for besides this one, until the transaction ends. */
  async _holdParents(id: Id, { transaction, access }: ResourceParams): Promise<void> {
    if (!access) return
    const whole = { restrict: access.restrict, columns: this.target.columns, masks: NO_MASKS }
    const row = await this._get(id, { transaction, access: whole })
    await this._parents({ transaction }).hold([access.restrict], [row])
  }

  /** Whether the caller may do this with all of these rows; the records that the rule asks for besides them are locked as well. */
  _allows(rule: Predicate, rows: Row[], params: ResourceParams): Promise<boolean> {
    return this._parents(params).allMeet(restrictionOf(rule, params.user), rows)
  }

  _parents(params: ResourceParams): ParentRows {
    return new ParentRows(this.model, (statement) => this.run(statement, params))
  }

  /** Whether the caller may read this record, asked in the database. */
  async _isReadable(id: Id, { user, transaction, source }: ResourceParams): Promise<boolean> {
    const restrict = restrictionOf(this.model.rules.read, user)
    if (restrict.kind === 'false') return false
    const access = { restrict, columns: ['id'], masks: NO_MASKS }

    return this._get(id, { transaction, source, access }).then(
      () => true,
      () => false
    )
  }

  /** Locks a record that the caller may see; whether they may act on it is the next question, with another answer. */
  private async lockReadable(id: Id, params: ResourceParams): Promise<Row> {
    const record = await this._lock(id, { ...params, access: undefined })
    if (params.provider && !(await this._isReadable(id, params))) throw new ApiError('NOT_FOUND')

    return record
  }

  /** For whoever may read the record now; of one that is removed, for whoever could remove it. */
  private async readHistory({ id, limit, skip }: Input, params: ResourceParams) {
    const reader = { user: params.user, isTrusted: !params.provider }
    const asked = { model: this.model, reader, id }
    const isShown =
      reader.isTrusted ||
      (await this._isReadable(id!, params)) ||
      (await this.rowsOf(selectRemoved(asked), params)).length > 0
    if (!isShown) throw new ApiError('NOT_FOUND')
    const page = { limit: Number(limit ?? 50), skip: Number(skip ?? 0) }
    const rows = await this.rowsOf(selectEntries(asked, page), params)
    const total = totalSeen(rows.length, page) ?? (await this.countHistory(asked, params))
    if (total === 0 && reader.isTrusted) throw new ApiError('NOT_FOUND')

    return { total, ...page, data: rows.map((row) => historyEntry(this.model, reader)(row as never)) }
  }

  private async countHistory(asked: HistoryRequest, params: ResourceParams): Promise<number> {
    const [row] = await this.rowsOf(countEntries(asked), params)
    return Number(row!.total)
  }

  /**
   * Not `restore`: the operation of that name would take its place, and call itself. For the server itself removed records are
   * out of sight, but not here.
   */
  private async _restore({ id }: Input, params: ResourceParams): Promise<Row> {
    const asked = { ...params, access: params.provider ? params.access : undefined, query: {} }
    const query = { deleted_at: { $ne: null } }

    return this._patch(id!, { deleted_at: null }, { ...asked, query }).catch(async (error: unknown) => {
      if (!(error instanceof ApiError) || error.errorCode !== 'NOT_FOUND') throw error
      await this._get(id!, asked)
      throw new ApiError('CONFLICT', {
        message: 'The record is not removed',
        hint: 'Nothing is to be restored: read the record as it is'
      })
    })
  }

  /** The declaration's own code, on a record or not. What it answers is the record as a read gives it, unless it says otherwise. */
  private async action(operation: Operation, data: Input, params: ResourceParams = {}): Promise<unknown> {
    const isOnRecord = operation.target === 'record'
    const { id, ...input } = data
    const record = isOnRecord ? await this.lockPermitted(operation, id!, params) : ({} as Row)
    await this._assertPreconditions(params)
    await this._announce(params)
    const run = operation.run as Action<Row, never>['run']
    const answer = (await run(
      (isOnRecord ? input : data) as never,
      this._context(record, params) as never
    )) as unknown
    if (operation.answers !== 'record') return answer
    const known = isOnRecord ? id! : (answer as { id: Id }).id

    return this._get(known, { ...params, access: undefined, query: {} })
  }

  /** Locks a record that the caller may do this with. */
  private async lockPermitted({ rule }: Operation, id: Id, params: ResourceParams): Promise<Row> {
    const record = await this.lockReadable(id, params)
    if (params.provider && !(await this._allows(rule, [record], params))) throw new ApiError('FORBIDDEN')

    return record
  }

  /** SQL of an action or a step tells the feed who ran it, as the statements of the other methods do by themselves. */
  async _announce({ transaction, change = {}, receipt }: ResourceParams) {
    const values = [JSON.stringify(change)]
    if (transaction) receive(await this.run({ text: ANNOUNCE, values }, { transaction }), receipt)
  }

  /** What actions, steps, creations and reports of a declaration are given. */
  _context(record: Row, params: ResourceParams) {
    const knex: Knex = params.transaction?.trx ?? params.source?.knex ?? this.app.get('postgresqlClient')
    const {
      provider,
      query: _query,
      access: _access,
      paging: _paging,
      preconditions: _preconditions,
      guarded: _guarded,
      ...inner
    } = params
    const reader = provider === undefined ? server : readerOf(params.user)

    return {
      app: this.app,
      user: params.user ?? null,
      record,
      knex,
      table: () => knex(this.model.name),
      params: inner,
      asCaller: { ...inner, provider },
      readable: (name: string) =>
        readableRows(knex, requireSearchable(otherModel(this.model, name)!, params), reader)
    }
  }
}
