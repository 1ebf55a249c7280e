import assert from 'node:assert/strict'
import type { AnyResource } from '../../packages/rachis/src/declare'
import {
  defineResource,
  integer,
  money,
  nullable,
  role,
  text,
  Type,
  withDefault
} from '../../packages/rachis/src/declare'
import type { Json, Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { unchanged } from './contract'

const staff = role('admin')
const SENTENCE = 'The lowest price is below the highest'
const crates = defineResource('crates', {
  fields: {
    label: withDefault(text(), 'x'),
    lowest: nullable(money()),
    highest: nullable(money()),
    used: withDefault(integer(), 0),
    room: withDefault(integer(), 10),
    margin: nullable(integer())
  },
  checks: {
    prices: { sql: 'lowest < highest', message: SENTENCE },
    fits: 'used <= room',
    earns: 'margin < room'
  },
  access: {
    read: true,
    create: true,
    update: true,
    remove: true,
    fields: { margin: { read: staff, write: staff } }
  },
  actions: {
    pack: {
      input: Type.Object(
        {
          items: Type.Array(Type.Object({ quantity: Type.Optional(Type.Integer()) }))
        }
      ),
      access: true,
      run: async () => ({})
    }
  },
  reports: {
    weight: {
      input: Type.Object({ since: Type.Optional(Type.String()) }),
      output: Type.Object({}),
      access: true,
      run: async () => ({})
    }
  }
}) // prettier-ignore

/** Two resources that refer to a crate: what everybody reads, and what only staff know of. */
const referring = (name: string, read: unknown) =>
  ({
    name,
    spec: {
      fields: {
        crate_id: {
          type: 'integer',
          minimum: 1,
          column: 'bigint',
          references: { resource: 'crates', on_delete: 'restrict' }
        }
      },
      access: { read, create: staff }
    }
  }) as unknown as AnyResource

describe('the hint of a write that is refused', () => {
  let world: World
  let people: Awaited<ReturnType<World['cast']>>
  let socket: Listener
  before(async () => {
    world = await startWorld({ resources: [crates, referring('labels', true), referring('seals', staff)] })
    people = await world.cast()
    socket = await world.socket(people.owner)
  })
  after(() => world?.close())

  const made = async () => (await world.rest(people.admin, 'POST', '/crates', { body: {} })).body
  const refused = async (person: Person, method: string, path: string, body?: Json | Json[]) =>
    (await unchanged(world, () => world.rest(person, method, path, { body }))).body.error as Json
  const removed = (person: Person, id: number) => refused(person, 'DELETE', `/crates/${id}`)
  const refer = async (path: string) => {
    const { id } = await made()
    await world.rest(people.admin, 'POST', path, { body: { crate_id: id } })
    return id as number
  }

  describe('names what refers to a record', () => {
    it('to whoever may read it', async () => {
      const [labelled, sealed] = [await refer('/labels'), await refer('/seals')]
      const label = await removed(people.owner, labelled)
      assert.deepEqual(
        [label.code, label.message],
        ['STILL_REFERENCED', 'Records of labels refer to this one']
      )
      assert.match(label.hint, /labels whose crate_id/)
      assert.match((await removed(people.admin, sealed)).message, /seals/)
      const over = (await socket.refusal('remove', 'crates', labelled)) as Json
      assert.equal(over.error.message, label.message)
    })

    it('and to nobody else', async () => {
      const id = await refer('/seals')
      const over = ((await socket.refusal('remove', 'crates', id)) as Json).error
      for (const { trace_id: _, ...error } of [await removed(people.owner, id), over])
        assert.deepEqual(error, {
          code: 'STILL_REFERENCED',
          message: 'Other records refer to this one',
          hint: 'Remove or change those first'
        })
    })
  })

  describe('names the field that was probably meant', () => {
    const hint = async (person: Person, method: string, path: string, body?: Json | Json[]) => {
      const { hint: given, field } = await refused(person, method, path, body)
      return [field, given]
    }

    it('in a creation, a list, a PUT and a PATCH', async () => {
      const { id } = await made()
      const expected = 'Did you mean label instead of lable?'
      assert.deepEqual(await hint(people.owner, 'POST', '/crates', { lable: 'x' }), ['lable', expected])
      assert.deepEqual(await hint(people.owner, 'POST', '/crates', [{}, { lable: 'x' }]), [
        '1.lable',
        expected
      ])
      assert.deepEqual(await hint(people.owner, 'PUT', `/crates/${id}`, { lable: 'x' }), ['lable', expected])
      assert.deepEqual(await hint(people.owner, 'PATCH', `/crates/${id}`, { lable: 'x' }), [
        'lable',
        expected
      ])
      const over = (await socket.refusal('create', 'crates', { lable: 'x' })) as Json
      assert.equal(over.error.hint, expected)
    })

    it('in the input of an action, also deep inside, and of a report', async () => {
      const { id } = await made()
      const body = { items: [{}, { quantiti: 1 }] }
      assert.deepEqual(await hint(people.owner, 'POST', `/crates/${id}/pack`, body), [
        'items.1.quantiti',
        'Did you mean quantity instead of quantiti?'
      ])
      assert.deepEqual(await hint(people.owner, 'POST', `/crates/${id}/pack`, { itmes: [], items: [] }), [
        'itmes',
        'Did you mean items instead of itmes?'
      ])
      assert.deepEqual(await hint(people.owner, 'GET', '/crates/weight?sinse=x'), [
        'sinse',
        'Did you mean since instead of sinse?'
      ])
    })

    it('but none that the caller may not write', async () => {
      assert.doesNotMatch((await hint(people.owner, 'POST', '/crates', { margni: 1 }))[1], /margin/)
      assert.match((await hint(people.admin, 'POST', '/crates', { margni: 1 }))[1], /margin/)
    })
  })

  describe('of a check', () => {
    it('is the declared sentence, for each field', async () => {
      const body = { lowest: 5, highest: 1 }
      const error = await refused(people.owner, 'POST', '/crates', body)
      const detail = { message: SENTENCE, rule: 'check' }
      assert.deepEqual([error.code, error.message, error.field], ['VALIDATION_ERROR', SENTENCE, 'lowest'])
      assert.deepEqual(error.details, [{ field: 'lowest', ...detail }, { field: 'highest', ...detail }]) // prettier-ignore
      const over = ((await socket.refusal('create', 'crates', body)) as Json).error
      assert.deepEqual([over.message, over.details], [error.message, error.details])
    })

    it('is a sentence of its own where none is declared, which names no field that the caller may not read', async () => {
      assert.equal(
        (await refused(people.owner, 'POST', '/crates', { used: 11 })).message,
        'used must be at most room'
      )
      const { id } = (await world.rest(people.admin, 'POST', '/crates', { body: { margin: 5 } })).body
      const error = await refused(people.owner, 'PATCH', `/crates/${id}`, { room: 3 })
      assert.equal(error.message, 'room does not fit the rest of the record')
      assert.doesNotMatch(JSON.stringify(error), /margin/)
      const known = await refused(people.admin, 'PATCH', `/crates/${id}`, { room: 3 })
      assert.deepEqual(known.details.map(({ message }: Json) => message), ['must be more than margin', 'must be less than room']) // prettier-ignore
    })

    it('stands in the document, as far as all readers may know', async () => {
      const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as Json
      const descriptions = Object.values<Json>(document.components.schemas).map(
        ({ description }) => description
      )
      assert.ok(descriptions.includes(`${SENTENCE}. used must be at most room.`))
      assert.doesNotMatch(JSON.stringify(descriptions), /margin/)
    })
  })
})
