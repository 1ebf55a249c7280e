import assert from 'node:assert/strict'
import {
  anyone,
  authenticated,
  defineResource,
  text,
  textArray,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

/** Adds the name of a jar to its tags, in the list that the data of the call holds. */
const addTag = async ({ data }: { data: { name: string; tags: string[] } }) => {
  data.tags.push(data.name)
}

const jars = defineResource('jars', {
  fields: { name: text(), tags: withDefault(textArray(), ['new']) },
  access: { read: anyone, create: authenticated, update: authenticated },
  hooks: { before: { create: [addTag as never], update: [addTag as never] } }
}) as unknown as AnyResource

describe('hooks and the defaults of a record', () => {
  let world: World
  let person: Person
  before(async () => {
    world = await startWorld({ resources: [jars] })
    person = await world.register('person')
  })
  after(() => world.close())

  for (const [method, path] of [
    ['POST', () => '/jars'],
    ['PUT', (id: unknown) => `/jars/${String(id)}`]
  ] as const)
    // prettier-ignore
    it(`a list that a hook of ${method} changes is the list of that record alone`, async () => {
      const { body } = await world.rest(person, 'POST', '/jars', { body: { name: 'tea', tags: [] } })
      for (const name of ['salt', 'rice']) {
        const answer = await world.rest(person, method, path(body.id), { body: { name } })
        assert.deepEqual(answer.body.tags, ['new', name], JSON.stringify(answer.body))
      }
    })
})
