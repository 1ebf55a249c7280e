import type { Change } from '../feed/change'
import type { ModuleConsumer, ModuleContext } from '../module'
import { removeUnusedBytes } from './unused-bytes'

const isGone = ({ resource, after }: Change) =>
  (resource === 'files' || resource === 'uploads') && after === null

/** An upload that was completed is a file now. One that was not may have left bytes, where its process was killed. */
const remaining = async ({ knex }: ModuleContext, ids: readonly string[]): Promise<Set<string>> => {
  const rows = await knex<{ id: string }>('files').whereIn('id', ids).select('id')
  return new Set(rows.map(({ id }) => id))
}

/** Removes the bytes of files whose rows are gone, however they went: by a call, by the job, with their owner, or by SQL. */
export const removedFiles = (context: ModuleContext): ModuleConsumer => ({
  name: 'removed-files',
  delivery: 'durable',
  order: 'after events',
  async consume(changes) {
    const ids = [...new Set(changes.filter(isGone).map(({ record_id }) => record_id))]
    if (ids.length === 0) return
    const kept = await remaining(context, ids)
    const store = context.app.get('fileStore')
    for (const id of ids.filter((one) => !kept.has(one))) await removeUnusedBytes(store, id)
  }
})
