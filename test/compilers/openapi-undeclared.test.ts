import assert from 'node:assert/strict'
import { feathers } from '@feathersjs/feathers'
import { KnexService } from '@feathersjs/knex'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import { openapi } from '../../packages/rachis/src/openapi/openapi'
import { undeclared } from '../../packages/rachis/src/openapi/openapi-undeclared'
import { accounts } from '../../packages/rachis/src/accounts'
import { resources } from '../helpers/declared'
import { assertDocumented } from '../helpers/documented'
import type { Json } from './openapi-inspect'
import { assertExamplesValid, assertValid, operationOf, operationsIn } from './openapi-inspect'

class Messages {
  async find() {
    return []
  }
  async get(id: number) {
    return { id }
  }
  async create(data: object) {
    return data
  }
  async greet() {
    return {}
  }
}
/** As a person describes a service for feathers-swagger, in the terms of OpenAPI 3.0, and with an oversight. */
class Described extends Messages {
  docs = {
    description: 'Said by hand',
    securities: ['all'],
    refs: { createRequest: 'forgotten' },
    schemas: {
      LettersRecord: {
        type: 'object',
        properties: {
          text: { type: 'string', nullable: true },
          weight: { type: 'number', minimum: 0, exclusiveMinimum: true }
        }
      }
    }
  }
}

const CRUD = ['find', 'get', 'create', 'update', 'patch', 'remove']
/** As the Feathers CLI writes them, without a word for the docs. */
const generated = () => {
  const app = feathers<any>()
  const knex = new KnexService({ Model: (() => undefined) as never, name: 'notes', paginate: { default: 10, max: 50 }, multi: ['create'] }) // prettier-ignore
  app.use('messages', new Messages(), { methods: ['find', 'get', 'create', 'greet'] })
  app.use('shop/notes', knex, { methods: CRUD })
  app.use('letters', new Described(), { methods: ['find', 'create'] })
  app.use('tasks', new Messages(), { methods: ['find'] })
  app.use('authentication', new Messages(), { methods: ['create'] })
  app.use('health', new Messages(), { methods: ['find'] })

  return app
}

describe('services that are not declared', () => {
  const { schemes } = accounts
  const models = lowerAll(resources)
  const app = generated()
  const extras = undeclared(app.services, [...models.map(({ path }) => path), 'authentication'], schemes) // prettier-ignore
  const document = openapi(models, { ...extras, schemes })

  it('are in the document, which stays valid', async () => {
    await assertValid(document)
    // Those of what is declared are looked at in openapi.test.ts.
    assert.ok(assertExamplesValid(openapi([], { ...extras, schemes })) > 5)
    const ids = operationsIn(document).map(([, , { operationId }]) => operationId as string)
    assert.equal(ids.length, new Set(ids).size)
    assert.deepEqual(ids.filter((id) => /^(messages|shop_notes|letters)_/.test(id)).sort(), [
      'letters_create', 'letters_find', 'messages_create', 'messages_find', 'messages_get', 'shop_notes_create', 'shop_notes_find',
      'shop_notes_get', 'shop_notes_patch', 'shop_notes_remove', 'shop_notes_update'
    ]) // prettier-ignore
  })

  it('take nothing from those that are', () => {
    assert.deepEqual(
      Object.keys(extras.extraPaths).filter((path) => /tasks|authentication/.test(path)),
      []
    )
    assert.deepEqual(
      operationOf(document, 'tasks_find'),
      operationOf(openapi(models, { schemes }), 'tasks_find')
    )
    assert.ok(operationOf(document, 'health_find'))
  })

  it('answer what they like, and fail as all do', () => {
    assertDocumented(document, 'GET', '/api/v1/messages/7', 200, { id: 7, text: 'x' })
    assertDocumented(document, 'GET', '/api/v1/shop/notes', 200, { total: 1, limit: 10, skip: 0, data: [{}] })
    assert.throws(() => assertDocumented(document, 'GET', '/api/v1/shop/notes', 200, []), /object/)
    assert.throws(() => assertDocumented(document, 'GET', '/api/v1/messages/7', 404, { message: 'no' }), /error/) // prettier-ignore
  })

  it('are told as their docs tell them, in the terms of 3.1', () => {
    const { properties } = document.components.schemas.LettersRecord as Json
    assert.deepEqual(properties.text.type, ['string', 'null'])
    assert.deepEqual(properties.weight, { type: 'number', exclusiveMinimum: 0 })
    assert.deepEqual(operationOf(document, 'letters_find').security, [{ bearerAuth: [] }, { apiKeyAuth: [] }])
    assert.equal(document.tags.find(({ name }) => name === 'letters')?.description, 'Said by hand')
  })

  it('name the methods that have no place in OpenAPI', () => {
    assert.match(document.tags.find(({ name }) => name === 'messages')!.description!, /X-Service-Method: greet/) // prettier-ignore
  })

  it('are left as they were', () => {
    assert.ok(!('docs' in app.service('messages')))
    assert.ok(!('operations' in (app.service('letters') as unknown as Described).docs))
  })
})
