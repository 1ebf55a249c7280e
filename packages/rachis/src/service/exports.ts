import type { Knex } from 'knex'
import type { Application } from '../declare/declarations'
import { serviceAt } from '../declare/service-at'
import { ApiError } from '../errors/errors'
import type { RecordType } from '../model/operation'
import { pageFormOf } from '../model/pages'
import { badQuery } from '../model/query-parameter'
import type { ParsedQuery } from '../query/query'
import { readerOf, server } from '../query/query'
import type { Row } from '../sql/database'
import { RowCursor } from '../sql/row-cursor'
import type { Target } from '../sql/target'
import type { ExportAnswer, ExportRecords } from './call'
import { carrySelection, selectionFrom } from './call-selection'
import { identify } from './hooks/authenticate'
import { authorize } from './hooks/authorize'
import type { CallContext, Hook } from './hooks/context'
import { contextOf, isExternal } from './hooks/context'
import { limitRate } from './hooks/limit-rate'
import { inTurn } from './hooks/phased'
import { readSource } from './hooks/read-source'
import { share } from './hooks/share'
import { unpagedParser } from './hooks/validate-query'
import { RECORD_FORMATS } from './record-formats'
import type { RecordPart } from './record-stream'
import { RecordStream } from './record-stream'
import type { ListPart, ResourceParams } from './service-params'
import { answeredColumns, selectionOf } from './service-query'
import { targetOf } from './target'
import type { Readable, TextReadOptions } from './text-reads'

/** The list of a resource, with what is done before it is read. */
interface ExportedList extends Readable {
  readonly target: Target
  readonly parse: ReturnType<typeof unpagedParser>
  readonly stages: Hook
}

interface ListService {
  find(params: object): Promise<unknown>
}

/** An export that is about to be opened: what of the list is asked, by whom, in which form. */
interface Asked {
  readonly list: ExportedList
  readonly params: ResourceParams
  readonly parsed: ParsedQuery
  readonly type: RecordType
}

/** In one snapshot. What related records are read besides are those of the same moment. */
const SNAPSHOT = { isolationLevel: 'repeatable read', readOnly: true } as const

/** Related records of a part; more might be beyond what one answer may hold of them. */
const WITH_RELATED = 100

/** @throws BAD_QUERY for what an answer without pages, or without places for related records, cannot have */
const assertExportable = (query: object, { include }: ParsedQuery, type: RecordType) => {
  const [parameter] = pageFormOf(query as Readonly<Record<string, unknown>>).parameters
  if (parameter!.name !== 'limit')
    throw badQuery(parameter!.name, 'An export has no pages', 'Leave it out, or say by limit and skip which records') // prettier-ignore
  if (include && type === 'text/csv')
    throw badQuery('include', 'A line of CSV has no place for related records', 'Accept application/x-ndjson') // prettier-ignore
}

const rowsIn = (result: unknown): Row[] =>
  Array.isArray(result) ? (result as Row[]) : ((result as { data?: Row[] } | undefined)?.data ?? [])

/** Parameters of a query by which its records are counted, and none of them read. */
const counting = ({ $limit: _limit, $skip: _skip, skip: _from, ...query }: Record<string, unknown>) => ({
  ...query,
  limit: 0
})

/**
 * Exports: the list of a resource without its pages, read a part at a time by a cursor in one transaction. Its stages are those of a list,
 * and stay around the whole of it, so that its share of the database and its transaction last until the client has the last record. Each
 * part is a call of `find`, with all hooks; where nobody could see the difference, PostgreSQL writes the text.
 */
export class Exports {
  private readonly lists = new Map<string, ExportedList>()

  constructor(
    private readonly app: Application,
    private readonly options: TextReadOptions
  ) {}

  add(readable: Readable): void {
    const { model } = readable
    const operation = `${model.name}.export`
    const stages = inTurn(
      this.options.errors,
      identify(),
      limitRate(readable, 'find'),
      readSource(model, { operation }),
      share({ operationOf: () => operation }),
      authorize(model)
    )
    const parse = unpagedParser(model)
    this.lists.set(model.name, { ...readable, target: targetOf(model), parse, stages })
  }

  readonly read: ExportRecords = (operation, { query = {}, headers, fault }, caller, type) => {
    const list = this.lists.get(operation.resource)!
    const params = {
      query,
      headers,
      fault,
      ...caller,
      called: operation,
      mayReadCopy: true
    } as ResourceParams
    const context = contextOf(this.app, { path: list.model.path, method: 'find', params })
    // Known before the statement is sent: what it reads includes all changes up to there.
    const token = this.options.place()

    return new Promise<ExportAnswer>((resolve, reject) => {
      let isAnswered = false
      const within = async (trx: Knex.Transaction) => {
        const asked = this.askedOf(list, context, trx, type)
        const stream = await this.open(asked)
        const { user = null, source } = context.params
        const position = { 'X-Rachis-Position': (source?.token ?? token)(user) }
        const headers = { ...position, ...(await this.total(asked)) }
        isAnswered = true
        resolve({ headers, texts: stream.texts(), close: () => stream.close() })
        await this.ended(stream)
      }
      const run = () =>
        context.params.source
          ? context.params.source.transaction(within, { ...SNAPSHOT, isAnswered: () => isAnswered })
          : this.app.get('postgresqlClient').transaction(within, SNAPSHOT)
      list.stages(context, run).catch(reject)
    })
  }

  private askedOf(list: ExportedList, context: CallContext, trx: Knex.Transaction, type: RecordType): Asked {
    const { query = {}, ...params } = context.params
    const reader = isExternal(context) ? readerOf(params.user ?? null) : server
    const parsed = list.parse(query, reader)
    assertExportable(query, parsed, type)

    return { list, params: { ...params, query, transaction: { trx } }, parsed, type }
  }

  private async open(asked: Asked): Promise<RecordStream> {
    const { list, params, parsed, type } = asked
    const read = { ...params, query: carrySelection(params.query!, selectionFrom(parsed, true, 'find')) }
    const columns = answeredColumns(list.target, read)
    const isPlain = !parsed.include && params.access!.masks.size === 0 && !this.hasHooks(list)
    const part = isPlain ? this.textParts(asked, read, columns) : this.recordParts(asked, columns)
    const stream = new RecordStream(RECORD_FORMATS[type].head(columns), part)
    await stream.begin()

    return stream
  }

  private hasHooks({ hasOtherHooks }: ExportedList): boolean {
    return hasOtherHooks() || this.options.hasOtherHooks()
  }

  private cursor<R>({ list, params }: Asked, rowMode?: 'array') {
    const { trx } = params.transaction!

    return new RowCursor<R>(
      (statement) => list.database.query<R>({ ...statement, rowMode }, trx),
      this.app.get('database').export_timeout
    )
  }

  /** Texts that PostgreSQL writes: to read a million rows and to write them again costs this process more than all the rest. */
  private textParts(asked: Asked, read: ResourceParams, columns: readonly string[]) {
    const { list, type } = asked
    const rows = this.cursor<readonly unknown[]>(asked, 'array')
    const format = RECORD_FORMATS[type]
    const selection = selectionOf(list.target, read)

    return async (count: number): Promise<RecordPart> => {
      const found = await rows.read(count, () => format.select(list.target, selection, columns))

      return { text: format.ofPieces(found), count, isLast: rows.isDone }
    }
  }

  private recordParts(asked: Asked, columns: readonly string[]) {
    const { list, params, parsed, type } = asked
    const rows = this.cursor<Row>(asked)
    const service = serviceAt<ListService>(this.app, list.model.path)
    const most = parsed.include ? WITH_RELATED : Infinity

    return async (count: number): Promise<RecordPart> => {
      const part: ListPart = { rows, table: list.target.table, count: Math.min(count, most) }
      const found = rowsIn(await service.find({ ...params, part }))

      return { text: RECORD_FORMATS[type].ofRows(found, columns), count: part.count, isLast: rows.isDone }
    }
  }

  /** How many records there are, where the query asks for that. */
  private async total({ list, params, parsed }: Asked): Promise<Record<string, string>> {
    if (parsed.count === undefined || parsed.count === 'none') return {}
    const service = serviceAt<ListService>(this.app, list.model.path)
    const { total } = (await service.find({ ...params, query: counting(params.query!) })) as {
      total?: number
    }

    return total === undefined ? {} : { 'X-Total-Count': String(total) }
  }

  /** Waits for the end, for a time: a client that takes its time holds a connection and a snapshot of the database. */
  private async ended(stream: RecordStream): Promise<void> {
    const { export_timeout: seconds } = this.app.get('database')
    const late = () => stream.close(new ApiError('UNAVAILABLE', { message: `An export takes at most ${seconds} seconds` })) // prettier-ignore
    const timer = setTimeout(late, seconds * 1000)
    await stream.closed.finally(() => clearTimeout(timer))
  }
}
