import type { Knex } from 'knex'
import { ApiError } from '../errors/errors'
import { holdLock } from '../sql/named-lock'
import { errors } from './errors'
import type { FilesSettings } from './settings'

interface Added {
  readonly user_id: number | string
  /** Of the upload, which is not counted beside the file that it becomes. */
  readonly id?: string
  /** Bytes. */
  readonly size: number
}

/** Uploads count by what they are to be, so that several at once cannot exceed it together. */
const USED = `
select count(*)::int as count, coalesce(sum(size), 0)::float8 as bytes from (
  select size from files where user_id = ?
  union all
  select coalesce(length, 0) from uploads where user_id = ? and id is distinct from ?::uuid and expires_at > now()
) as own`

const usedBy = async (
  knex: Knex,
  { user_id, id }: Omit<Added, 'size'>
): Promise<{ readonly count: number; readonly bytes: number }> => {
  const { rows } = await knex.raw<{ rows: { count: number; bytes: number }[] }>(USED, [user_id, user_id, id ?? null]) // prettier-ignore

  return rows[0]!
}

/** How many bytes are left for the owner now, besides an upload. Others may come before it is complete: then it is asked again. */
export const roomFor = async (
  knex: Knex,
  upload: Omit<Added, 'size'>,
  { owner_bytes }: FilesSettings['files']
): Promise<number> => Math.max(0, owner_bytes - (await usedBy(knex, upload)).bytes)

/** @param room bytes that are left */
export const noRoom = (room: number): ApiError =>
  new ApiError(errors.FILE_QUOTA_EXCEEDED, { message: `You have room for ${room} more bytes, and the file is larger` }) // prettier-ignore

/**
 * Asks whether the owner has room for one more file. Others of the same owner wait until the transaction is over.
 *
 * @throws FILE_QUOTA_EXCEEDED
 */
export const assertRoom = async (
  trx: Knex,
  { user_id, id, size }: Added,
  { owner_bytes, owner_count }: FilesSettings['files']
): Promise<void> => {
  await holdLock(trx, `files of ${user_id}`)
  const { count, bytes } = await usedBy(trx, { user_id, ...(id === undefined ? {} : { id }) })
  if (count + 1 > owner_count)
    throw new ApiError(errors.FILE_QUOTA_EXCEEDED, { message: `You have ${count} files, as many as may be` })
  if (bytes + size > owner_bytes)
    throw new ApiError(errors.FILE_QUOTA_EXCEEDED, { message: `You have ${bytes} of ${owner_bytes} bytes, and the file ${size}` }) // prettier-ignore
}
