import type { Database, Row } from '../../sql/database'

/** Answers that are remembered; those of hundreds of users differ where they are about each user. */
const MOST = 20

/**
 * A database that answers the same question once. Hundreds whose rights change by one statement gain the same records, and each of them
 * was held before any of these was read, so what changes after the reading is told to all of them.
 */
export const sharingReads = (database: Database): Database => {
  const known = new Map<string, Promise<Row[]>>()

  return {
    query(statement) {
      const key = JSON.stringify([statement.text, statement.values])
      const found = known.get(key)
      if (found) {
        // What is asked for again is forgotten last: the reads of one user alone must not displace those that all of them share.
        known.delete(key)
        known.set(key, found)
        return found
      }
      const [oldest] = known.keys()
      if (known.size >= MOST) known.delete(oldest!)
      const rows = database.query(statement)
      known.set(key, rows)
      rows.catch(() => known.delete(key))

      return rows
    }
  }
}

/**
 * Work whose answer may be that of anybody who asked earlier, but was begun after they asked: all who ask while it runs get the answer of the
 * next run together.
 *
 * @example const lastPosition = coalesced(() => readLastPosition(database))
 */
export const coalesced = <T>(work: () => Promise<T>) => {
  let running: Promise<unknown> | undefined
  let next: Promise<T> | undefined

  const begin = (): Promise<T> => {
    next = undefined
    const run = work()
    running = run
    const end = () => {
      if (running === run) running = undefined
    }
    run.then(end, end)

    return run
  }

  return (): Promise<T> => (running ? (next ??= running.then(begin, begin)) : begin())
}

/** Id of the last change that is committed. */
export const readLast = async (database: Database): Promise<number> => {
  const text = 'select coalesce(max(id), 0) as position from changes'
  const [row] = await database.query({ text, values: [] })

  return Number(row!.position)
}
