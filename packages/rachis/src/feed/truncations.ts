import type { Change } from './change'
import type { Loss } from './consumer'

/** Whether it says that a table was truncated: it is of no record, and no consumer receives it as a change. */
export const isTruncation = ({ event }: Change): boolean => (event as string) === 'reset'

/** What a consumer is told of the tables that were truncated by these changes; nothing where none was. */
export const truncationsIn = (changes: readonly Change[]): Loss[] => {
  const truncations = changes.filter(isTruncation)
  const last = truncations.at(-1)
  if (!last) return []

  return [
    {
      reason: 'truncated',
      position: last.id,
      resources: [...new Set(truncations.map(({ resource }) => resource))]
    }
  ]
}

interface Batch {
  readonly changes: readonly Change[]
  readonly to: number
}

/** What of a batch stands up to its first truncation: what follows on it is told afterwards, so that whoever fetches anew misses nothing. */
export const upToTruncation = (batch: Batch): Batch => {
  const index = batch.changes.findIndex(isTruncation)
  if (index < 0) return batch
  const changes = batch.changes.slice(0, index + 1)

  return { changes, to: changes[index]!.id }
}
