import type { Knex } from 'knex'
import type { FieldInfo } from '../declare'
import { typeInfo } from '../declare/column-types'
import { ApiError, toApiError } from '../errors/errors'
import type { ImportFailure, ImportReport } from '../model/import-report'
import { MAX_FAILURES } from '../model/import-report'
import type { Row } from '../sql/database'
import type { ImportProgress } from './call'
import { countChanged } from './count-changed'
import type { FileRow } from './record-reader'

/** The methods of the service that an import calls. */
export interface WrittenService {
  find(params: object): Promise<Row[]>
  create(rows: readonly Row[], params: object): Promise<unknown>
  patch(id: unknown, row: Row, params: object): Promise<unknown>
}

export interface ImportTarget {
  readonly resource: string
  readonly service: WrittenService
  /** Of nested calls: whose they are, without a query and without a transaction. */
  readonly params: object
  /** Records that are written at once. */
  readonly batch: number
  /** The field by which records are known that are there already. */
  readonly key?: FieldInfo
  /** Runs a part: in a transaction of its own, or in one that is taken back alone within that of the whole. */
  readonly within: <T>(work: (trx: Knex.Transaction) => Promise<T>) => Promise<T>
}

interface Known extends FileRow {
  readonly data: Row
}
type Counts = Pick<ImportReport, 'created' | 'updated' | 'unchanged'>

/** After so many failures the rest of the file is not looked at: each of them is tried by itself. */
const MAX_TRIES = 1000

/** A value in the spelling that rows have, to compare it with theirs. */
const spelled = (value: unknown, field: FieldInfo): unknown => {
  const { canonical } = typeInfo(field.type)

  return canonical ? canonical(value, field) : value
}

const failureOf = (line: number, error: ApiError): ImportFailure => {
  const { code, message, field, hint, details } = error.toJSON().error

  return {
    line,
    code,
    message,
    ...(field ? { field } : {}),
    hint,
    ...(details ? { details: [...details] } : {})
  }
}

/** In a list of one the details name the record by its index. */
const withoutIndex = (error: ApiError): ApiError => {
  const bare = (field?: string) => field?.replace(/^0\./, '')
  const { field, details } = error.payload
  Object.assign(error.payload, {
    ...(field === undefined ? {} : { field: bare(field) }),
    ...(details ? { details: details.map((detail) => ({ ...detail, field: bare(detail.field) })) } : {})
  })

  return Object.assign(error, { message: error.message.replace(/^0\./, '') })
}

/** It finds the record, and is not written. */
const withoutId = ({ id: _id, ...row }: Row): Row => row

/** Writes the records of a file, some at a time, and takes down what came of them. */
export class ImportRun {
  private done = 0
  private created = 0
  private updated = 0
  private unchanged = 0
  failed = 0
  /** What ended it before the end of the file: no record is at fault for it, and those that follow would fail by it as well. */
  stopped?: ApiError
  private readonly failures: ImportFailure[] = []

  constructor(
    private readonly target: ImportTarget,
    private readonly rows: number,
    private readonly onProgress: (progress: ImportProgress) => void = () => undefined
  ) {}

  async run(rows: AsyncIterable<FileRow>): Promise<void> {
    this.tell()
    for await (const part of this.partsOf(rows)) {
      await this.write(part)
      this.done += part.length
      this.tell()
      if (this.isOver) return
    }
  }

  private get isOver(): boolean {
    return this.failed >= MAX_TRIES || this.stopped !== undefined
  }

  get counts(): Pick<ImportReport, keyof Counts | 'rows' | 'failed' | 'failures'> {
    const { rows, created, updated, unchanged, failed, failures } = this
    // Lines that cannot be read are told of before the records around them are tried.
    return { rows, created, updated, unchanged, failed, failures: failures.toSorted((a, b) => a.line - b.line) } // prettier-ignore
  }

  private tell() {
    const { rows, done, created, updated, unchanged, failed } = this
    this.onProgress({ rows, done, created, updated, unchanged, failed })
  }

  private fail(line: number, error: ApiError) {
    this.failed++
    if (this.failures.length < MAX_FAILURES) this.failures.push(failureOf(line, error))
  }

  private refuse(line: number, error: ApiError) {
    if (error.code === 429) {
      this.stopped = error
      const rest = this.rows - this.created - this.updated - this.unchanged - this.failed
      error.message = `${error.message}; of ${this.rows} records the ${rest} from line ${line} on were not tried`
    }
    this.fail(line, error)
  }

  /** A record that comes again in the file is in a later part, which finds it there. */
  private async *partsOf(rows: AsyncIterable<FileRow>): AsyncGenerator<Known[]> {
    let part: Known[] = []
    let keys = new Set<unknown>()
    for await (const row of rows) {
      const key = this.keyOf(row.data)
      if (part.length >= this.target.batch || (key !== undefined && keys.has(key))) {
        yield part
        part = []
        keys = new Set()
      }
      keys.add(key)
      if (row.data) part.push({ ...row, data: row.data })
      else this.skip(row)
    }
    yield part
  }

  private skip({ line, problem }: FileRow) {
    this.done++
    this.fail(line, problem!)
  }

  private keyOf(row: Row | undefined): unknown {
    const { key } = this.target
    const value = key && row?.[key.name]

    return key && value !== undefined && value !== null ? spelled(value, key) : undefined
  }

  /** A part that fails is taken back and tried by halves, down to the records that fail. */
  private async write(part: readonly Known[]): Promise<void> {
    if (part.length === 0 || this.isOver) return
    try {
      this.add(await this.target.within((trx) => this.writeAll(part, trx)))
    } catch (thrown) {
      const error = toApiError(thrown)
      // What no record is at fault for, and all would fail by, ends the whole.
      if (error.code >= 500 || error.code === 401) throw error
      if (part.length === 1) return this.refuse(part[0]!.line, withoutIndex(error))
      const half = part.length >> 1
      await this.write(part.slice(0, half))
      await this.write(part.slice(half))
    }
  }

  private add({ created, updated, unchanged }: Counts) {
    this.created += created
    this.updated += updated
    this.unchanged += unchanged
  }

  private async writeAll(part: readonly Known[], trx: Knex.Transaction): Promise<Counts> {
    const { service, params, resource } = this.target
    const within = { ...params, query: {}, transaction: { trx } }
    const known = await this.present(part, within)
    const idOf = ({ data }: Known) => known.get(this.keyOf(data))
    const there = part.filter((row) => idOf(row) !== undefined)
    const others = part.filter((row) => idOf(row) === undefined)
    if (others.some(({ data }) => data.id !== undefined)) throw new ApiError('NOT_FOUND')
    const updated = await countChanged(trx, { resource, ids: there.map(idOf) }, async () => {
      for (const row of there) await service.patch(idOf(row), withoutId(row.data), { ...within })
    })
    if (others.length > 0) await service.create(others.map(({ data }) => withoutId(data)), { ...within }) // prettier-ignore

    return { created: others.length, updated, unchanged: there.length - updated }
  }

  /** The ids of those records that the caller may read, by their keys. Of any other the creation says that its key is taken. */
  private async present(part: readonly Known[], params: object): Promise<ReadonlyMap<unknown, unknown>> {
    const { key, service } = this.target
    const keys = part.flatMap(({ data }) => this.keyOf(data) ?? [])
    if (!key || keys.length === 0) return new Map()
    const query = { [key.name]: { $in: keys }, $select: ['id', key.name] }
    const rows = await service.find({ ...params, query, paginate: false })

    return new Map(rows.map((row) => [row[key.name], row.id]))
  }
}
