import type { Call, Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { RESOURCES, VERSIONS } from './articles'

/** An article as version 2 has it, and the same as version 1 had it. */
export const NEW = { title: 'Tea', subtitle: 'Hot', price_cents: 450, first_name: 'Ada', last_name: 'Lovelace', secret_cents: 7 } // prettier-ignore
export const OLD = { name: 'Tea', price: 4.5, author: 'Ada Lovelace', secret: 7 }
/** A record without what the server gives it. */
export const shape = ({ created_at: _c, updated_at: _u, id: _i, user_id: _o, ...rest }: Json) => rest

/** An application with two versions, the people who call it, and one article of its owner. */
export interface Stage {
  readonly world: World
  readonly cast: Awaited<ReturnType<World['cast']>>
}

export const openStage = async (): Promise<Stage> => {
  const world = await startWorld({ resources: RESOURCES, versions: VERSIONS, settings: { rate_limit: { requests: 0 } } }) // prettier-ignore

  return { world, cast: await world.cast() }
}

/** Calls in a version of the API, as the owner unless another person is named. */
export const caller =
  (version: number, stage: () => Stage) =>
  (method: string, path: string, call: Call = {}, person: Person = stage().cast.owner) =>
    stage().world.rest(person, method, `/api/v${version}${path}`, call)

/** Leaves one article, and answers its id. */
export const renew = async ({ world, cast }: Stage): Promise<number> => {
  await world.sql('delete from comments')
  await world.sql('delete from articles')
  const { body } = await world.rest(cast.owner, 'POST', '/api/v2/articles', { body: NEW })
  await world.settled()

  return body.id as number
}
