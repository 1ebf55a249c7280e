import assert from 'node:assert/strict'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import type { Model } from '../../packages/rachis/src/model/model'
import { openapi } from '../../packages/rachis/src/openapi/openapi'
import { FALSE } from '../../packages/rachis/src/declare/predicate'
import { ruled } from './predicates'
import { ruleText } from '../../packages/rachis/src/openapi/openapi-access'
import type { ErrorCode } from '../../packages/rachis/src/errors/errors'
import { ApiError, CATALOGUE, validationError } from '../../packages/rachis/src/errors/errors'
import { anyone, asParent, nobody, role, text, Type } from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { accounts } from '../../packages/rachis/src/accounts'
import { resources } from '../helpers/declared'
import { at, pointer, validatorOf } from '../helpers/documented'
import { declared } from './declared'
import type { Json } from './openapi-inspect'
import { answerSchemas, assertExamplesValid, assertValid, leaks, operationOf, operationsIn, places, reached } from './openapi-inspect' // prettier-ignore

const models = lowerAll(resources)
const document = openapi(models, { schemes: accounts.schemes })
const operation = (id: string) => operationOf(document, id)
const modelsOfOne = (spec: Parameters<typeof declared>[0]): Model[] => lowerAll([declared(spec)])

describe('the OpenAPI document', () => {
  it('is valid by two independent validators', () => assertValid(document))

  it('has every operation that somebody may call, under its method, with an id of its own', () => {
    const ids = operationsIn(document).map(([, , { operationId }]) => operationId as string)
    assert.deepEqual(ids.length, new Set(ids).size)
    for (const { operations } of models)
      for (const { http, resource, name } of operations)
        assert.equal(at(document, ['paths', http.path, http.method.toLowerCase()]).operationId, `${resource}_${name}`) // prettier-ignore
  })

  it('has one shape for each of its answers and bodies, at addresses of their own', () => {
    for (const [path, method, { requestBody, responses, operationId }] of operationsIn(document)) {
      // Feathers' own says by its schemas that it has several.
      if (operationId === 'authentication_create') continue
      const bodies = [requestBody, responses[200], responses[201]].filter(
        (body) => body?.content?.['application/json']
      )
      for (const { content } of bodies) {
        const { oneOf, anyOf } = content['application/json'].schema as Json
        assert.ok(!oneOf && !anyOf, `${method} ${path}`)
      }
    }
    const ids = ['tasks_find_pages', 'tasks_find_select', 'tasks_get_select', 'tasks_create_bulk']
    for (const id of ids) assert.ok(operation(id).summary, id)
    assert.deepEqual(
      Object.keys(document.paths).filter((path) => path.startsWith('/orders/bulk')),
      []
    )
  })

  it('names its resource in every summary', () => {
    const summaries = operationsIn(document).map(([, , { summary }]) => summary as string)
    for (const { name, operations } of models)
      for (const { name: operation, summary } of operations)
        if (['get', 'create', 'update', 'patch', 'remove', 'restore', 'history'].includes(operation)) assert.match(summary, new RegExp(name.slice(0, 3)), summary) // prettier-ignore
    assert.ok(
      summaries.includes('Get an order item') && summaries.includes('Change some fields of a category')
    )
  })

  it('asks for no field that has a default, and says the default in words', () => {
    const { properties, required } = document.components.schemas.TaskCreate as Json
    assert.deepEqual(required, ['title'])
    assert.match(properties.priority.description, /"medium" where it is left out/)
    for (const [steps, value] of places(document))
      if (steps.includes('requestBody') || /Create$|Update$|Patch$/.test(steps[2] ?? ''))
        if (steps.at(-2) === 'properties') assert.ok(!('default' in value), steps.join(' '))
  })

  it('names the words of a field once', () => {
    const inline = [...places(document.paths)].filter(([, value]) => Array.isArray(value?.enum) && value.type === 'string') // prettier-ignore
    // An input of an operation of its own is written there, and has that operation's name.
    const ids = inline.filter(([steps]) => !steps.includes('x-rule')).map(([[path, method]]) => at(document, ['paths', path!, method!]).operationId) // prettier-ignore
    assert.deepEqual(ids, [
      'users_by_role',
      'users_by_role_pages',
      'users_by_role_cursor',
      'users_by_role_select',
      'orders_set_status'
    ])
    assert.deepEqual((document.components.schemas.Task as Json).properties.status.$ref, '#/components/schemas/TaskStatus') // prettier-ignore
    assert.deepEqual((document.components.schemas.TaskStatus as Json).enum, ['pending', 'in_progress', 'completed', 'cancelled']) // prettier-ignore
  })

  it('has examples, each valid by its own schema', () => {
    assert.ok(assertExamplesValid(document) > 100)
    for (const [name, schema] of Object.entries(document.components.schemas))
      assert.ok(schema.examples, `${name} has no example`)
    for (const [, , { operationId, requestBody }] of operationsIn(document)) {
      const { example, examples } = requestBody?.content['application/json'] ?? { example: true }
      assert.ok(example !== undefined || examples, `${operationId} has no example of its body`)
    }
  })

  it('says nothing that only our compilers understand', () => {
    assert.deepEqual(leaks(document.components.schemas, true), [])
    for (const [steps, value] of places(document.paths))
      if (steps.at(-1) === 'schema') assert.deepEqual(leaks(value as Json), [], steps.join(' '))
  })

  it('takes away keywords and not properties that have their names', () => {
    const fields = { state: text(), owner: text(), column: text() }
    const { properties } = openapi(modelsOfOne({ fields, access: { read: anyone } })).components.schemas.Thing as Json // prettier-ignore
    assert.deepEqual(Object.keys(properties).slice(1, 4), ['state', 'owner', 'column'])
  })

  it('shows a password where it is written, and in no answer', () => {
    const { password } = (document.components.schemas.UserCreate as Json).properties
    assert.equal(password.writeOnly, true)
    for (const schema of answerSchemas(document).flatMap((answer) => reached(document, answer)))
      for (const [steps, value] of places(schema))
        if (steps.at(-2) === 'properties') assert.ok(!value.writeOnly && steps.at(-1) !== 'password', steps.join(' ')) // prettier-ignore
  })

  it('tells who may read and write a guarded field', () => {
    const { properties, required } = document.components.schemas.Product as Json
    const staff = [{ $user: { role: { $in: ['admin', 'manager'] } } }]
    assert.deepEqual([properties.cost['x-read-rule'], properties.cost['x-write-rule']], [staff, staff])
    assert.match(properties.cost.description, /Read by role admin or manager/)
    assert.ok(!required.includes('cost') && required.includes('price'))
  })

  it('asks for a token where the rule cannot hold without one', () => {
    const key = { apiKeyAuth: [] }
    const [required, optional] = [
      [{ bearerAuth: [] }, key],
      [{}, { bearerAuth: [] }, key]
    ]
    assert.deepEqual(operation('tasks_find').security, required)
    assert.deepEqual(operation('tasks_complete').security, required)
    assert.deepEqual(operation('products_find').security, optional)
    assert.deepEqual(operation('auth_login').security, [{}, { bearerAuth: [] }])
    assert.deepEqual(operation('products_find')['x-rule'], [{ is_active: true }, { $user: { role: { $in: ['admin', 'manager'] } } }]) // prettier-ignore
  })

  it('says in words who may call', () => {
    const said = (id: string) => operation(id).description.split('\n')[0] as string
    assert.equal(said('tasks_find'), "For anyone signed in, where user_id is the caller's id.")
    assert.equal(said('products_find'), 'For anyone, where is_active is true; or role admin or manager.')
    assert.equal(ruleText(ruled([{ order_id: asParent }])), 'anyone who may read what order_id refers to')
    assert.equal(ruleText(ruled({ store_id: { $in: { $user: 'store_ids' } }, price: { $gte: 1, $lt: 3 } })), "anyone signed in, where store_id is one of the caller's store_ids and price >= 1 and price < 3") // prettier-ignore
    assert.equal(ruleText(FALSE), 'nobody from outside')
  })

  it('flags what the server sets', () => {
    const { properties } = document.components.schemas.Task as Json
    const flagged = Object.keys(properties).filter((name) => properties[name].readOnly)
    assert.deepEqual(flagged, ['id', 'user_id', 'created_at', 'updated_at'])
  })

  it('describes errors as they are', () => {
    const validate = validatorOf(document)(pointer('components', 'schemas', 'Error'))
    const errors = [
      ...Object.keys(CATALOGUE).map((code) => new ApiError(code as ErrorCode)),
      Object.assign(validationError([{ field: 'price', message: 'must be >= 0', rule: 'minimum', expected: 0, provided: -1 }]), { trace_id: 'x' })
    ] // prettier-ignore
    for (const error of errors) assert.ok(validate(error.toJSON()), JSON.stringify(validate.errors))
    assert.ok(!validate({ ...errors[0]!.toJSON(), stack: 'at' }))
  })

  it('gives each operation the failures that it can have', () => {
    const statuses = (id: string) => Object.keys(operation(id).responses).map(Number)
    assert.deepEqual(statuses('tasks_find'), [200, 304, 400, 401, 403, 406, 412, 422, 429, 500, 503])
    assert.deepEqual(
      statuses('tasks_patch'),
      [200, 204, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 429, 500, 503]
    )
    assert.ok(!statuses('auth_login').includes(403))
    assert.ok(operation('tasks_create').responses[201].headers.Location)
  })

  it('leaves out what nobody may do', () => {
    const fields = { title: text() }
    const { paths } = openapi(modelsOfOne({ fields, access: { read: anyone, remove: nobody } }))
    assert.ok(paths['/things/{id}']!.get && !paths['/things/{id}']!.delete)
  })

  it('takes a parameter of a path out of the query', () => {
    const input = Type.Object({ role: Type.String(), days: Type.Integer({ default: 30 }) })
    const byRole = { input, output: Type.Object({}), access: role('admin'), http: { path: 'role/{role}' }, run: async () => ({}) } // prettier-ignore
    const { paths } = openapi(modelsOfOne({ table: false, reports: { by_role: byRole } }))
    const parameters = paths['/things/role/{role}']!.get!.parameters as unknown as Json[]
    assert.deepEqual(parameters.map(({ name, in: place, required }) => [name, place, required]), [['role', 'path', true], ['days', 'query', undefined], ['If-None-Match', 'header', undefined]]) // prettier-ignore
  })

  it('keeps names apart', async () => {
    const things = (name: string, path: string): AnyResource => declared({ fields: { title: text() }, access: { read: anyone, create: anyone }, path }, name) // prettier-ignore
    const several = [things('thing', 'a'), things('things', 'b'), things('thing_pages', 'c'), things('errors', 'd')] // prettier-ignore
    const candidate = openapi(lowerAll(several))
    await assertValid(candidate)
    assert.deepEqual(Object.keys(candidate.components.schemas).filter((name) => /^(Thing|ErrorRecord|Error)\d?(Page\d?)*$/.test(name)), [
      'Thing', 'ThingPage', 'Thing2', 'Thing2Page', 'ThingPage2', 'ThingPage2Page', 'ErrorRecord', 'ErrorRecordPage', 'Error'
    ]) // prettier-ignore
  })
})
