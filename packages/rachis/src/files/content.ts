import { createHash } from 'crypto'
import { Readable } from 'stream'
import type { Knex } from 'knex'
import type { ReportContext } from '../declare'
import { ApiError } from '../errors/errors'
import { PREFIX } from '../model/prefix'
import type { ModuleContext } from '../module'
import { readerOf } from '../query/query-scope'
import { readableRows } from '../query/readable'
import type { User } from '../rules/policy'
import type { ByteRange } from '../util/byte-source'
import { ByteSource } from '../util/byte-source'
import type { FileRow } from './file-row'
import type { FileField } from './limits'
import type { FileStorage } from './storage/storage'
import { MissingBytes } from './storage/storage'
import type { PictureOptions, Variants } from './variants'
import { Pictures } from './variants'

interface ContentOptions {
  readonly storage: FileStorage
  readonly fields: ReadonlyMap<string, FileField>
  readonly variants: Variants
}

const notFound = () => new ApiError('NOT_FOUND')

const within = (bytes: Buffer, range: ByteRange | undefined): Buffer =>
  range ? bytes.subarray(range.first, range.last + 1) : bytes

/** Whoever removes the row of a file waits for its holder, and removes all that is kept of it then. */
const whileThereIn =
  (knex: Knex): PictureOptions['whileThere'] =>
  (id, work) =>
    knex.transaction(async (trx) => {
      const held = (await trx('files').where({ id }).forKeyShare().select('id')) as unknown[]
      if (held.length > 0) await work()
    })

/** Finds the bytes of files for who may have them. */
export class Contents {
  private readonly pictures: Pictures

  constructor(
    private readonly context: ModuleContext,
    private readonly options: ContentOptions
  ) {
    const { knex, logger } = context
    this.pictures = new Pictures({ ...options, whileThere: whileThereIn(knex), logger })
  }

  /**
   * The bytes of a file, or of a variant of it, for who may read it or a record that refers to it by a field that they may read.
   *
   * @throws NOT_FOUND in the same words for what is not there and what the caller may not have
   */
  async of(
    { file_id, variant }: { readonly file_id: string; readonly variant?: string },
    { knex, user }: ReportContext
  ): Promise<ByteSource> {
    const file = await this.find(knex, file_id, user)
    if (!file) throw notFound()

    return variant === undefined ? this.original(file) : this.variant(file, variant)
  }

  private original({ id, name, type, size, sha256 }: FileRow): ByteSource {
    const { storage } = this.options
    const facts = { name, type, size: Number(size), sha256, url: `${PREFIX}/files/${id}/content` }

    return new ByteSource(facts, (range) => storage.get(id, range).catch(this.lost))
  }

  private async variant(file: FileRow, variant: string): Promise<ByteSource> {
    const bytes = await this.pictures.variantOf(file, variant).catch(this.lost)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const name = `${file.name.replace(/\.[^.]*$/, '')}.webp`
    const url = `${PREFIX}/files/${file.id}/content?variant=${variant}`
    const facts = { name, type: 'image/webp', size: bytes.length, sha256, url }

    return new ByteSource(facts, async (range) => Readable.from([within(bytes, range)]))
  }

  /** The row is there and its bytes are not, such as after a restore of the database alone. */
  private readonly lost = (error: unknown): never => {
    if (!(error instanceof MissingBytes)) throw error
    this.context.logger.error({ err: error }, 'The bytes of a file are lost')
    throw notFound()
  }

  private async find(knex: Knex, id: string, user: User): Promise<FileRow | undefined> {
    const tables = this.tables(knex, user)
    const alternatives = tables.map(() => 'exists (select from ? as shown where ?? = ?::uuid)')
    const bindings = tables.flatMap(({ rows, column }) => [rows, column, id])
    const text = `select id, name, type, size, sha256 from files where id = ?::uuid and (${alternatives.join(' or ')})`
    const { rows } = await knex.raw<{ rows: FileRow[] }>(text, [id, ...bindings] as never[])

    return rows[0]
  }

  /** What the user may read of files, and of the records that refer to them. */
  private tables(knex: Knex, user: User): { readonly rows: Knex.Raw; readonly column: string }[] {
    const reader = readerOf(user)
    const own = this.context.models.find(({ name }) => name === 'files')!
    const places = [{ model: own, column: 'id' }, ...[...this.options.fields.values()].map(({ model, field }) => ({ model, column: field.name }))] // prettier-ignore

    return places
      .filter(({ model, column }) => reader.columns(model).includes(column))
      .map(({ model, column }) => ({ rows: readableRows(knex, model, reader), column }))
  }
}
