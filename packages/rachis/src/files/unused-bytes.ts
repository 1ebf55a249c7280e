import type { Knex } from 'knex'
import { holdLock } from '../sql/named-lock'
import type { Spool } from './spool'
import type { FileStorage } from './storage/storage'

/** Who removes the bytes of an id and who begins an upload with that id again wait for each other until their transaction is over. */
export const holdBytes = (trx: Knex, id: string): Promise<void> => holdLock(trx, `bytes of ${id}`)

/** An upload that was completed is a file now, and one that has failed may have been begun again. */
const isUsed = async (trx: Knex, id: string): Promise<boolean> => {
  for (const table of ['uploads', 'files'])
    if ((await trx(table).where({ id }).select('id')).length > 0) return true

  return false
}

/** Where bytes are kept: the store of files. */
interface Kept {
  readonly context: { readonly knex: Knex }
  readonly storage: FileStorage
  readonly spool: Spool
}

/** Removes the bytes of an id, unless a file or an upload has it: a form that is sent again may be writing them at this moment. */
export const removeUnusedBytes = ({ context, storage, spool }: Kept, id: string): Promise<void> =>
  context.knex.transaction(async (trx) => {
    await holdBytes(trx, id)
    if (await isUsed(trx, id)) return
    await trx('upload_claims').where({ upload_id: id }).del()
    await storage.remove(id)
    await spool.remove(id)
  })
