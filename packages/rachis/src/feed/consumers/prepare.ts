import type { Model } from '../../model/model'
import type { Change } from '../change'
import type { Parents } from '../parents'
import type { OwnNews, Prepared } from './news'
import { loadFollowers, newsOf, partition } from './news'

interface Reading {
  readonly models: ReadonlyMap<string, Model>
  readonly parents: Parents
}

const prepareFollowing = async (
  { models, parents }: Reading,
  changes: readonly Change[]
): Promise<OwnNews[]> => {
  const relatives = parents.behind(changes[0]!.id - 1)
  for (const name of new Set(changes.map(({ resource }) => resource))) {
    const own = changes.filter(({ resource }) => resource === name)
    const rows = own.flatMap(({ before, after }) => [before, after]).filter((row) => row !== null)
    const model = models.get(name)
    if (model) await relatives.load(model, rows)
  }
  const news = changes.flatMap((change) => newsOf(models, change, relatives))
  await loadFollowers(news, relatives)

  return news
}

/** Reads what has to be known to tell of changes: the records that those of resources that follow each other follow, and are followed by. */
export const prepare = async (reading: Reading, changes: readonly Change[]): Promise<Prepared[]> => {
  const { parents } = reading
  const [following, others] = partition(changes, ({ resource }) => parents.laneOf(resource) !== undefined)
  const news = following.length > 0 ? await prepareFollowing(reading, following) : []

  return [...news, ...others.map((change) => ({ change }))].sort((a, b) => a.change.id - b.change.id)
}
