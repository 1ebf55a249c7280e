import type { Database } from '../sql/database'
import { CHANGE_COLUMNS, changeOf } from './change'
import type { Batch } from './runner'

const READ = `
select s.*, c.*
from (select coalesce((select id from feed_horizon where epoch = $4), 0) as horizon) s
left join lateral (select ${CHANGE_COLUMNS} from changes where id > $1 and id <= $2 order by id limit $3) c on true`

interface Range {
  readonly epoch: string
  readonly after: number
  /** Up to which all changes are settled. */
  readonly upTo: number
  readonly limit: number
}

/**
 * Reads changes once more. Those that are settled are complete, so that gaps between their ids mean nothing, unless retention has
 * removed some of them.
 */
export const readSettled = async (
  database: Database,
  { epoch, after, upTo, limit }: Range
): Promise<Batch> => {
  const rows = await database.query({ text: READ, values: [after, upTo, limit, epoch] })
  const changes = rows.filter(({ id }) => id !== null).map(changeOf)
  const isCut = Number(rows[0]!.horizon) > after

  return { changes, to: changes.length < limit ? upTo : changes.at(-1)!.id, isCut }
}
