import type { Knex } from 'knex'
import { forgetClaims } from './claims'
import type { FileField } from './limits'
import type { FilesSettings } from './settings'
import type { Spool } from './spool'

/** What is cleaned: the store of files. */
interface Cleaned {
  readonly context: { readonly knex: Knex }
  readonly fields: ReadonlyMap<string, FileField>
  readonly settings: FilesSettings['files']
  readonly spool: Spool
}

const BATCH = 500

/** A condition on `files` by which nothing refers to them, with its bindings. */
const unreferenced = ({ fields }: Cleaned): readonly [string, string[]] => {
  const places = [...fields.values()]
  const text = places.map(() => 'not exists (select from ?? where ?? = files.id)').join(' and ')

  return [text, places.flatMap(({ model, field }) => [model.source!, field.name])]
}

/** Locks a batch of them, so that from now on nothing can come to refer to them. One that is being referred to is locked by its foreign key, and skipped. */
const lockCandidates = async (trx: Knex, store: Cleaned): Promise<string[]> => {
  const [condition, names] = unreferenced(store)
  const text = `
    select id from files
    where created_at < now() - ? * interval '1 second' and ${condition}
    order by created_at limit ${BATCH} for update skip locked`
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(text, [store.settings.orphan_ttl, ...names])

  return rows.map(({ id }) => id)
}

/**
 * Removes a batch. A statement sees what was committed before it began, so a reference that was committed before the file was locked is seen by a second
 * statement alone: the first one would remove a file that was just attached.
 *
 * @returns how many were found and how many of them removed
 */
const removeBatch = (store: Cleaned): Promise<{ readonly found: number; readonly removed: number }> =>
  store.context.knex.transaction(
    async (trx) => {
      const ids = await lockCandidates(trx, store)
      const [condition, names] = unreferenced(store)
      const removed = await trx('files').whereIn('id', ids).whereRaw(condition, names).del()

      return { found: ids.length, removed }
    },
    { isolationLevel: 'read committed' }
  )

/** Where no declaration has a field of files, nothing could refer to them: they are kept. */
const removeOrphans = async (store: Cleaned): Promise<void> => {
  if (store.fields.size === 0) return
  for (;;) {
    const { found, removed } = await removeBatch(store)
    if (found < BATCH || removed === 0) return
  }
}

/** Removes uploads that have expired, files that nothing refers to, and what is left of uploads on the disk of this machine. */
export const cleanFiles = async (store: Cleaned): Promise<void> => {
  const { context, spool, settings } = store
  await context.knex('uploads').where('expires_at', '<', context.knex.fn.now()).del()
  await forgetClaims(context.knex)
  await removeOrphans(store)
  await spool.sweep(Date.now() - 2 * settings.upload_ttl * 1000)
}
