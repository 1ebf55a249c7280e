import type { Database } from '../sql/database'

const STORAGE = `
select name, pg_relation_filenode(to_regclass(quote_ident(name)))::text as storage from unnest($1::text[]) as names(name)`

/**
 * Watches for tables that were truncated, which fires no row triggers: their storage is another one then. A table that was
 * rewritten, as by `vacuum full`, looks the same; reporting it once too often does no harm.
 */
export class StorageWatch {
  private known?: ReadonlyMap<unknown, unknown>

  constructor(
    private readonly database: Database,
    private readonly tables: readonly string[]
  ) {}

  /** The tables whose storage has changed since the last look. */
  async look(): Promise<string[]> {
    const rows = await this.database.query({ text: STORAGE, values: [this.tables] })
    const now = new Map(rows.map(({ name, storage }) => [name, storage]))
    const before = this.known ?? now
    this.known = now

    return this.tables.filter((name) => now.get(name) !== before.get(name))
  }
}
