import type { Knex } from 'knex'
import type { Application } from '../declare/declarations'
import { serviceAt } from '../declare/service-at'
import type { ErrorCode, ErrorDetail } from '../errors/errors'
import { ApiError } from '../errors/errors'
import type { ImportFailure, ImportReport } from '../model/import-report'
import type { Model } from '../model/model'
import type { User } from '../rules/policy'
import type { Receipt } from '../sql/returning'
import type { Answer, ImportGiven, ImportRecords, ReceivedFile } from './call'
import { identify } from './hooks/authenticate'
import { accessTo, authorize } from './hooks/authorize'
import type { CallContext, Hook } from './hooks/context'
import { contextOf, isExternal } from './hooks/context'
import { idempotency, rememberAnswer, rememberApart } from './hooks/idempotency'
import { limitRate } from './hooks/limit-rate'
import { refuseConditions } from './hooks/preconditions'
import { inTurn } from './hooks/phased'
import { share } from './hooks/share'
import type { ImportOptions } from './import-options'
import { readImportOptions } from './import-options'
import type { WrittenService } from './import-run'
import { ImportRun } from './import-run'
import type { RecordColumns } from './record-columns'
import { recordColumns } from './record-columns'
import { countRecords, readRecords } from './record-reader'
import type { ResourceParams } from './service-params'
import type { Readable, TextReadOptions } from './text-reads'

interface Importable extends Readable {
  /** What comes before the file is received, and what comes behind that. */
  readonly before: Hook
  readonly behind: Hook
  /** @throws NOT_AUTHENTICATED or FORBIDDEN where the user may never find or change records, so that every line would be refused */
  readonly assertUpsert: (user: User) => void
}

const upsertAssertion = (model: Model): Importable['assertUpsert'] => {
  const access = accessTo(model)
  const asked = model.operations.filter(({ name, form }) => !form && ['find', 'patch'].includes(name))

  return (user) => asked.forEach((operation) => access(operation, user))
}

/** What an import is called with, once all of its file is there. */
interface Asked {
  readonly list: Importable
  readonly given: ImportGiven
  readonly options: ImportOptions
  readonly columns: RecordColumns
  readonly file: ReceivedFile
  readonly rows: number
}

/** Records that are written at once: more would be tried by halves for longer where one of them fails. */
const BATCH = 100

/** Takes a transaction back whose work is done, and hands on what it came to. */
class TakenBack extends Error {
  constructor(readonly report: ImportReport) {
    super('A dry run is taken back')
  }
}

const detailOf = ({ line, code, message, field, hint }: ImportFailure): ErrorDetail => ({
  line,
  code,
  message,
  ...(field === undefined ? {} : { field }),
  ...(hint === undefined ? {} : { hint })
})

/** As many as may be made can be had all the same, or by somebody who may make more. */
const LIMITED =
  'Send fewer records at once, use on_error=skip to import as many as may be, or ask somebody who may import more'

/**
 * @throws VALIDATION_ERROR that names the lines, which takes back what was written of the others; what the import was stopped by, such as
 * TOO_MANY_REQUESTS
 */
const assertWhole = ({ failed, rows, failures }: ImportReport, stopped: ApiError | undefined) => {
  if (stopped)
    throw new ApiError(stopped.errorCode as ErrorCode, {
      ...stopped.payload,
      message: `${stopped.message}, and nothing was imported`,
      hint: LIMITED
    })
  if (failed === 0) return
  const [first] = failures
  throw new ApiError('VALIDATION_ERROR', {
    message: `Line ${first!.line}: ${first!.message}; nothing of ${rows} records was imported`,
    hint: 'Correct these lines, or use on_error=skip to import the others',
    details: failures.slice(0, 50).map(detailOf)
  })
}

/**
 * Imports: the records of a file, each of which is a `create` or a `patch` with all stages and hooks. The file is received before a
 * connection or a transaction is held for it: a transaction that waits for its client would hold up the change feed. Then it is written at
 * once, in one transaction where all records are wanted or none, else in one for each part.
 */
export class Imports {
  private readonly lists = new Map<string, Importable>()

  constructor(
    private readonly app: Application,
    private readonly options: Pick<TextReadOptions, 'errors'>
  ) {}

  add(readable: Readable): void {
    const { model } = readable
    const before = inTurn(this.options.errors, identify(), authorize(model))
    const limit = limitRate(readable, 'create')
    const behind = inTurn(limit, share({ operationOf: () => `${model.name}.import` }), idempotency([]))
    this.lists.set(model.name, { ...readable, before, behind, assertUpsert: upsertAssertion(model) })
  }

  readonly read: ImportRecords = async (operation, given, caller) => {
    const list = this.lists.get(operation.resource)!
    const receipt: Receipt = {}
    const { query, headers, fault } = given
    const params = { query, headers, fault, ...caller, called: operation, receipt } as ResourceParams
    const context = contextOf(this.app, { path: list.model.path, method: 'create', http: {}, params })
    await list
      .before(context, () => this.receive(list, given, context))
      .finally(() => this.app.get('replicaReads')?.wrote(context.params))

    return this.answerOf(context, receipt)
  }

  private answerOf({ result, http }: CallContext, { tx }: Receipt): Answer {
    const headers = { ...(http?.headers as object), ...(tx === undefined ? {} : { 'X-Rachis-Tx': tx }) }

    return { status: 200, headers, body: result, ...(tx === undefined ? {} : { tx }) }
  }

  /** What is asked is read before the file is: a wrong parameter costs no upload. */
  private async receive(list: Importable, given: ImportGiven, context: CallContext): Promise<void> {
    refuseConditions(context.params.called!, given.headers)
    const options = readImportOptions(list.model, given.query ?? {})
    if (options.upsert && isExternal(context)) list.assertUpsert(context.params.user ?? null)
    const columns = recordColumns(list.model, options)
    const file = await given.file.receive()
    try {
      const rows = await countRecords(readRecords(given.file.type, file.open(), columns), this.app.get('imports').max_rows) // prettier-ignore
      context.data = { sha256: file.sha256, type: given.file.type, rows }
      const asked = { list, given, options, columns, file, rows }
      await list.behind(context, () => this.write(asked, context))
      this.app.get('engine').wake()
    } finally {
      await file.remove()
    }
  }

  /** With its answer remembered where it has a key: in the transaction of the whole, or beside those of its parts. */
  private async write(asked: Asked, context: CallContext): Promise<void> {
    const knex: Knex = this.app.get('postgresqlClient')
    const { dryRun, skips } = asked.options
    const run = async (trx?: Knex.Transaction): Promise<ApiError | undefined> => {
      const { report, stopped } = await this.report(asked, context, trx)
      context.result = report
      return stopped
    }
    if (skips && !dryRun) return rememberApart(context, async () => void (await run()))
    await knex
      .transaction(async (trx) => {
        context.params = { ...context.params, transaction: { trx } }
        await rememberAnswer(context, async () => {
          const stopped = await run(trx)
          if (dryRun) throw new TakenBack(context.result as ImportReport)
          assertWhole(context.result as ImportReport, stopped)
        })
      })
      .catch((thrown: unknown) => {
        if (!(thrown instanceof TakenBack)) throw thrown
        context.result = thrown.report
        context.params.receipt!.tx = undefined
      })
  }

  private async report(
    asked: Asked,
    { params }: CallContext,
    outer?: Knex.Transaction
  ): Promise<{ readonly report: ImportReport; readonly stopped?: ApiError }> {
    const { list, given, options, columns, file, rows } = asked
    const { model } = list
    const { idempotency: _key, called: _called, access: _access, query: _query, ...inner } = params
    const run = new ImportRun(
      {
        resource: model.name,
        service: serviceAt<WrittenService>(this.app, model.path),
        // Of parts in transactions of their own there is no one to name.
        params: outer ? inner : { ...inner, receipt: undefined },
        batch: Math.min(BATCH, model.batch),
        ...(options.upsert ? { key: options.upsert } : {}),
        within: (work) => (outer ?? this.app.get('postgresqlClient')).transaction(work)
      },
      rows,
      given.onProgress
    )
    const seen = new Set<string>()
    await run.run(readRecords(given.file.type, file.open(), noting(columns, seen)))

    return { report: { dry_run: options.dryRun, ...run.counts, ignored: [...seen] }, stopped: run.stopped }
  }
}

/** The same columns, with a note of those that are passed over. */
const noting = ({ fields, isTaken }: RecordColumns, seen: Set<string>): RecordColumns => ({
  fields,
  isTaken(name) {
    const taken = isTaken(name)
    if (!taken) seen.add(name)
    return taken
  }
})
