import assert from 'node:assert/strict'
import type { Terms } from '../../packages/rachis/src/declare'
import type { ThroughRelation } from '../../packages/rachis/src/declare/predicate'
import { queried, typesOf, unordered } from './predicates'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import type { Model } from '../../packages/rachis/src/model/model'
import { openapi } from '../../packages/rachis/src/openapi/openapi'
import { exampleOf } from '../../packages/rachis/src/openapi/openapi-example'
import { operatorsFor, PARAMETERS, parseQuery } from '../../packages/rachis/src/query/query'
import { readQuery } from '../../packages/rachis/src/http/http'
import { ApiError } from '../../packages/rachis/src/errors/errors'
import { resources } from '../helpers/declared'
import { samples } from '../input/samples'
import type { Json } from './openapi-inspect'
import { operationOf } from './openapi-inspect'

const models = lowerAll([...resources, samples as never])
const document = openapi(models)
const modelOf = (name: string): Model => models.find((model) => model.name === name)!

/** The request that Swagger UI itself would send, by the client that it brings. */
const swaggerClient = (): ((request: Json) => { url: string }) => {
  const { SwaggerUIBundle } = require('swagger-ui-dist') as Json
  const { fn } = SwaggerUIBundle.plugins.SwaggerClient({ configs: {}, getConfigs: () => ({}) })

  return fn.buildRequest
}
/** Without references, as the page has a parameter by the time it is filled in. */
const resolved = (value: any): any => {
  if (Array.isArray(value)) return value.map(resolved)
  if (typeof value !== 'object' || value === null) return value
  const name = value.$ref?.split('/').at(-1)

  return name
    ? resolved(document.components.schemas[name])
    : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]))
}

/** The query as the server reads it. */
const received = async (url: string): Promise<Json> => {
  const { search } = new URL(url)
  const request: Json = {}
  await readQuery({ querystring: search.slice(1), request } as never, async () => undefined)

  return request.query as Json
}

const filtersOf = (schema: string): Record<string, Json> =>
  (document.components.schemas[schema] as Json).properties

describe('the parameters of a list', () => {
  let build: ReturnType<typeof swaggerClient>
  before(() => (build = swaggerClient()))

  /** Through Swagger UI's client and the server's own reading of a query string. */
  const sent = async (model: string, values: Json, form = '') => {
    const operation = operationOf(document, `${model}_find${form}`)
    const parameters = operation.parameters.map(resolved)
    const spec = { ...document, paths: { [`/${model}`]: { get: { ...operation, parameters } } } }
    const { url } = build({ spec, operationId: operation.operationId, parameters: values, contextUrl: 'http://localhost/' }) // prettier-ignore

    return parseQuery(modelOf(model), await received(url))
  }
  const namesOf = (model: string, form = ''): string[] =>
    operationOf(document, `${model}_find${form}`).parameters.map(({ name }: Json) => name)

  it('are those that the grammar knows, in both spellings', () => {
    const model = modelOf('products')
    const takes = (name: string) => {
      try {
        parseQuery(model, { [name]: '1' })
      } catch (error) {
        return !(error as ApiError).message.endsWith('is not a query parameter')
      }
      return true
    }
    const told = ['', '_pages', '_cursor', '_select'].flatMap((form) => namesOf('products', form))
    // Generators would have two parameters for one thing, and send both.
    const untold = ['$select']
    assert.deepEqual(PARAMETERS.filter(takes).sort(), PARAMETERS.filter((name) => [...told, ...untold].includes(name)).sort()) // prettier-ignore
    for (const name of ['page', 'page_size', 'fields']) assert.ok(!namesOf('products').includes(name), name)
    assert.ok(!namesOf('audit').includes('search') && !namesOf('audit').includes('include'))
  })

  it('show every operator of every field', () => {
    for (const name of ['products', 'samples', 'users']) {
      const { properties } = document.components.schemas[`${{ products: 'Product', samples: 'Sample', users: 'User' }[name]}Filters`] as Json // prettier-ignore
      const { description } = operationOf(document, `${name}_find`).parameters.find((parameter: Json) => parameter.name === 'filter') // prettier-ignore
      for (const field of [...modelOf(name).fields.values()].filter(({ hidden }) => !hidden))
        for (const operator of operatorsFor(field)) {
          assert.ok(`${field.name}.${operator}` in properties, `${field.name}.${operator}`)
          assert.ok(description.includes(`\`${operator}\``))
        }
      assert.deepEqual(Object.keys(properties).filter((key) => key.startsWith('password')), []) // prettier-ignore
    }
  })

  it('start empty where they are objects: Swagger UI makes up what has no default, and sends it', () => {
    const { parameters } = operationOf(document, 'products_find')
    const objects = (parameters as Json[]).map(resolved).filter(({ schema }) => schema.type === 'object')
    assert.deepEqual(objects.map(({ name, schema }) => [name, schema.default]), [['filter', {}], ['$sort', {}]]) // prettier-ignore
    // Any other that has one would be sent as well, and limit with page is refused.
    for (const { name, schema } of parameters as Json[]) assert.ok(schema.type === 'object' || !('default' in schema || 'example' in schema), name) // prettier-ignore
  })

  it('are each taken by the server as Swagger UI sends them', async () => {
    for (const name of ['products', 'samples', 'users', 'categories', 'tasks'])
      for (const parameter of operationOf(document, `${name}_find`).parameters.map(resolved) as Json[]) {
        if (parameter.name === 'filter') continue
        const limit = parameter.name === '$sort' ? { maxProperties: 10 } : {}
        const value = exampleOf({ ...parameter.schema, ...limit, default: undefined }, parameter.name)
        await sent(name, { [parameter.name]: value })
      }
  })

  it('take every operator of every field', async () => {
    for (const [name, schema] of [
      ['products', 'ProductFilters'],
      ['samples', 'SampleFilters']
    ] as const)
      for (const [key, operand] of Object.entries(filtersOf(schema))) {
        const [field] = key.split('.')
        const isList = /\.\$n?in$/.test(key)
        const value = exampleOf(resolved(isList ? filtersOf(schema)[`${field}.$ne`]! : operand), field)
        await sent(name, {
          filter: JSON.stringify({ [key]: isList ? `${String(value)},${String(value)}` : value })
        })
      }
  })

  it('mean what they say', async () => {
    const where = async (values: Json) => unordered((await sent('products', values)).where)
    const meant = (query: object) => unordered(queried(query as Terms, typesOf(modelOf('products').fields)))
    const filter = (value: Json) => where({ filter: JSON.stringify(value) })
    assert.deepEqual(await where({ price: [1, 2.5] }), meant({ price: { $in: [1, 2.5] } }))
    assert.deepEqual(await where({ name: 'a, b' }), meant({ name: 'a, b' }))
    assert.deepEqual(await where({ min_price: 1, max_price: 2 }), meant({ price: { $gte: 1, $lte: 2 } }))
    assert.deepEqual(await filter({ 'price.$lt': 2, 'tags.$contains': 'new' }), meant({ price: { $lt: 2 }, tags: { $contains: ['new'] } })) // prettier-ignore
    assert.deepEqual(await filter({ 'id.$in': '1,2' }), meant({ id: { $in: [1, 2] } }))
    assert.deepEqual(await filter({ 'attributes.color': 'red' }), meant({ 'attributes.color': 'red' }))
    assert.equal(((await filter({ 'category.name.$ilike': 'a%' })) as ThroughRelation).of.name, 'category_id')
    assert.deepEqual(await filter({}), meant({}))
  })

  it('sort, cut and page alike in both spellings', async () => {
    const both = [
      { sort: ['-price', 'name'], limit: 5, skip: 10, include: ['category'] },
      { $sort: '{"price":-1,"name":1}', $limit: 5, $skip: 10, $include: ['category'] }
    ] // prettier-ignore
    const [friendly, feathers] = await Promise.all(both.map((values) => sent('products', values)))
    assert.deepEqual(friendly, feathers)
    assert.deepEqual([friendly!.sort, friendly!.limit], [{ price: -1, name: 1 }, 5])
    assert.deepEqual((await sent('products', { fields: ['name', 'price'] }, '_select')).select, ['id', 'name', 'price']) // prettier-ignore
    assert.deepEqual((await sent('products', { page: 3, page_size: 5 }, '_pages')).skip, 10)
  })
})
