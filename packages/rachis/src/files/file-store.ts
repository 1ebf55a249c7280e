import path from 'path'
import type { Readable } from 'stream'
import type { Knex } from 'knex'
import type { ReportContext } from '../declare'
import type { HookContext } from '../declare/declarations'
import { ApiError, validationError } from '../errors/errors'
import type { ModuleContext } from '../module'
import type { User } from '../rules/policy'
import type { ByteSource } from '../util/byte-source'
import { UploadClaims } from './claims'
import { cleanFiles } from './clean'
import { Contents } from './content'
import type { Kept } from './intake'
import { Intake } from './intake'
import type { FileField, FileLimits } from './limits'
import { fileFields, limitsFor, tooLargeFile, writableBy } from './limits'
import { fileName } from './names'
import { assertRoom } from './quota'
import type { FilesSettings } from './settings'
import { Spool } from './spool'
import { storageFor } from './storage'
import type { FileStorage } from './storage/storage'
import { removeUnusedBytes } from './unused-bytes'
import type { Variants } from './variants'

/** A row of `uploads`. */
export interface Upload {
  readonly id: string
  readonly user_id: number
  readonly name: string
  readonly length: number | null
  readonly type: string | null
  readonly field: string | null
  readonly metadata: string | null
  readonly expires_at: string
}

/** Who completes an upload, for the feed. */
export interface Completer {
  readonly trace_id?: string
}

/** Its bytes come with the request that begins it. */
const isForm = ({ headers }: HookContext['params']): boolean =>
  /^\s*multipart\/form-data\b/i.test(
    String((headers as Record<string, unknown> | undefined)?.['content-type'])
  )

/** Nobody could tell when it is complete. */
const noLength = () =>
  validationError([{ field: 'length', message: 'is required', rule: 'required', expected: 'bytes, at least 1', hint: 'Begin it as tus says, by Upload-Length, or send the file in a form to /files' }]) // prettier-ignore

/** Milliseconds after which a server might take an idle transaction for a forgotten one. */
const PULSE = 5_000

/** The files of one application: their bytes, and the rows that say what they are. */
export class FileStore {
  readonly settings: FilesSettings['files']
  readonly storage: FileStorage
  readonly spool: Spool
  readonly claims: UploadClaims
  readonly fields: ReadonlyMap<string, FileField>
  private readonly contents: Contents

  constructor(
    readonly context: ModuleContext,
    private readonly variants: Variants
  ) {
    const { app, models } = context
    this.settings = app.get('files')
    const folder = path.resolve(app.get('database').data_dir, this.settings.folder)
    this.storage = storageFor(this.settings, folder)
    this.spool = new Spool(path.join(folder, 'uploads'))
    this.claims = new UploadClaims(context.knex, this.spool)
    this.fields = fileFields(models)
    this.contents = new Contents(context, { storage: this.storage, fields: this.fields, variants })
  }

  limitsOf({ field }: Pick<Upload, 'field'>): FileLimits {
    return limitsFor(this.fields, field, this.settings)
  }

  /**
   * The report `limits` of files.
   *
   * @throws {ApiError} VALIDATION_ERROR for what is no field of files that the user may write
   */
  limitsFor(field: string | undefined, user: User) {
    const { types, max_size } = limitsFor(writableBy(this.fields, user), field, this.settings)
    const variants = Object.entries(this.variants).map(([name, { width, height }]) => ({ name, ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) })) // prettier-ignore

    return { types: [...types], max_size, variants }
  }

  /** The report `content` of files. */
  content(
    input: { readonly file_id: string; readonly variant?: string },
    context: ReportContext
  ): Promise<ByteSource> {
    return this.contents.of(input, context)
  }

  /**
   * Looks at an upload before it is created, in its transaction.
   *
   * @throws {ApiError} VALIDATION_ERROR, also for several at once, which the quota could not be asked for one by one; FILE_TOO_LARGE; FILE_QUOTA_EXCEEDED
   */
  async prepare({ data, params }: HookContext): Promise<void> {
    if (!isForm(params) && !(data as Partial<Upload>).length) throw noLength()
    const upload = data as { -readonly [K in keyof Upload]?: Upload[K] }
    // A field that they may not write is as one that is not there.
    const { max_size } = limitsFor(writableBy(this.fields, params.user), upload.field, this.settings)
    if ((upload.length ?? 0) > max_size) throw tooLargeFile(max_size)
    upload.name = fileName(upload.name!)
    upload.expires_at = new Date(Date.now() + this.settings.upload_ttl * 1000).toISOString()
    const { transaction } = params as { transaction?: { trx: Knex.Transaction } }
    const added = { user_id: upload.user_id ?? params.user!.id, size: upload.length ?? 0 }
    await assertRoom(transaction?.trx ?? this.context.knex, added, this.settings)
  }

  /**
   * Keeps the bytes of an upload under its id.
   *
   * @param room bytes that are left for its owner, where it has not said before how many it has
   * @throws FILE_TOO_LARGE, FILE_QUOTA_EXCEEDED, FILE_TYPE_REFUSED, VALIDATION_ERROR; what the source fails with. Then nothing is kept
   */
  async keep(upload: Upload, source: Readable, room?: number): Promise<Kept> {
    const intake = new Intake(source, this.limitsOf(upload), upload.type ?? undefined, room)
    await this.storage.put(upload.id, intake.bytes())

    return intake.kept()
  }

  /**
   * Makes a file of an upload, once, whichever process is asked first.
   *
   * @param kept keeps its bytes; runs while no other process does
   * @throws {ApiError} NOT_FOUND where another one does, or has; what `kept` throws; FILE_QUOTA_EXCEEDED
   */
  async complete(upload: Upload, completer: Completer, kept: () => Promise<Kept>): Promise<void> {
    const exchanging = this.context.knex.transaction(async (trx) => {
      const found = await trx('uploads').where({ id: upload.id }).forUpdate().skipLocked()
      if (found.length === 0)
        throw new ApiError('NOT_FOUND', {
          message: 'The upload is not there any more, or is being completed'
        })
      const pulse = setInterval(() => void trx.raw('select').catch(() => undefined), PULSE)
      const facts = await kept().finally(() => clearInterval(pulse))
      await this.exchange(trx, upload, completer, facts)
    })
    // Whatever came of it: where the connection was lost during COMMIT nobody knows.
    await exchanging.finally(() => this.written(upload))
  }

  /**
   * An upload that was just begun. A key that may create uploads and not read them is answered the id alone.
   *
   * @returns what was answered, where the row is not there any more
   */
  async begun(answered: Upload): Promise<Upload> {
    if (answered.user_id !== undefined) return answered
    const [row] = await this.context.knex<Upload>('uploads').where({ id: answered.id })

    return row ?? answered
  }

  /** Whether it is an upload still, and not a file or nothing. */
  async isOpen({ id }: Pick<Upload, 'id'>): Promise<boolean> {
    return (await this.context.knex('uploads').where({ id }).select('id')).length > 0
  }

  /**
   * Forgets an upload that failed, with what has arrived of it. Where the connection was lost during COMMIT it may be a file all the same: removing its row waits
   * for who completes it, and its bytes go only where no file has become of it, and it was not begun again.
   */
  async drop(upload: Pick<Upload, 'id' | 'user_id'>): Promise<void> {
    const { id } = upload
    await this.context.knex('uploads').where({ id }).del()
    this.written(upload)
    await this.spool.remove(id)
    await removeUnusedBytes(this, id)
  }

  /** See the job `clean_files`. */
  clean(): Promise<void> {
    return cleanFiles(this)
  }

  /** Says that rows were written by SQL: their owner must not read a copy that lacks them, and the feed looks at once. */
  written({ user_id }: Pick<Upload, 'user_id'>): void {
    const { app } = this.context
    app.get('replicaReads')?.wrote({ user: { id: user_id } })
    app.get('engine').wake()
  }

  private async exchange(
    trx: Knex,
    { id, user_id, name }: Upload,
    { trace_id }: Completer,
    { type, size, sha256 }: Kept
  ) {
    await assertRoom(trx, { id, user_id, size }, this.settings)
    await trx.raw(`select set_config('app.context', ?, true)`, [JSON.stringify({ user_id, trace_id })])
    await trx('files').insert({ id, user_id, name, type, size, sha256 })
    await trx('uploads').where({ id }).del()
    await trx('upload_claims').where({ upload_id: id }).del()
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    fileStore: FileStore
  }
}
