import type { Database } from '../sql/database'
import { CHANGE_COLUMNS, changeOf } from './change'
import type { Batch } from './runner'

const READ = `select ${CHANGE_COLUMNS} from changes where id > $1 and id <= $2 order by id limit $3`

interface Range {
  readonly after: number
  /** Up to which all changes are settled. */
  readonly upTo: number
  readonly limit: number
}

/** Reads changes once more. Those that are settled are complete, so that gaps between their ids mean nothing. */
export const readSettled = async (database: Database, { after, upTo, limit }: Range): Promise<Batch> => {
  const rows = await database.query({ text: READ, values: [after, upTo, limit] })
  const changes = rows.map(changeOf)

  return { changes, to: changes.length < limit ? upTo : changes.at(-1)!.id }
}
