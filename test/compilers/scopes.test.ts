import assert from 'node:assert/strict'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import { audienceCompiler } from '../../packages/rachis/src/rules/audience'
import { parseQuery, readerOf } from '../../packages/rachis/src/query/query'
import { maySearch, maySee, permits, scopeProblem } from '../../packages/rachis/src/rules/scopes'
import { resources } from '../helpers/declared'
import { refusal } from './declared'

const models = lowerAll(resources)
const model = (name: string) => models.find((one) => one.name === name)!
const operation = (resource: string, name: string) =>
  model(resource).operations.find((one) => one.name === name)!
const withKey = (...scopes: string[]) => ({ id: 7, role: 'admin', store_ids: [], scopes })

describe('scopes', () => {
  const CASES: [string[], string, string, boolean][] = [
    [['tasks:find'], 'tasks', 'find', true],
    [['tasks:find'], 'tasks', 'get', false],
    [['tasks:*'], 'tasks', 'complete', true],
    [['tasks:*'], 'products', 'find', false],
    [['*:get'], 'products', 'get', true],
    [['*:get'], 'products', 'find', false],
    [['*:*'], 'orders', 'cancel', true],
    [['*:*'], 'auth', 'me', false],
    [['*:*'], 'users', 'patch', false],
    [['*:*'], 'users', 'find', true],
    [['products:read'], 'products', 'find', true],
    [['products:read'], 'products', 'get', true],
    [['products:read'], 'products', 'history', true],
    [['products:read'], 'products', 'brand_list', true],
    [['products:read'], 'products', 'create', false],
    [['products:read'], 'products', 'restore', false],
    [['products:read'], 'orders', 'find', false],
    [['orders:read'], 'orders', 'cancel', false],
    [['orders:write'], 'orders', 'cancel', true],
    [['orders:write'], 'orders', 'create', true],
    [['orders:write'], 'orders', 'set_status', true],
    [['orders:write'], 'orders', 'get', false],
    [['orders:write'], 'orders', 'my_orders', false],
    [['*:read'], 'stores', 'find', true],
    [['*:write'], 'users', 'patch', false],
    [[], 'tasks', 'find', false]
  ]
  for (const [scopes, resource, name, expected] of CASES)
    it(`[${scopes.join()}] ${expected ? 'holds' : 'does not hold'} ${resource}:${name}`, () =>
      assert.equal(permits(withKey(...scopes), operation(resource, name)), expected))

  it('are none of those who signed in themselves, or did not', () => {
    for (const user of [null, undefined, { id: 7 }])
      assert.equal(permits(user, operation('users', 'patch')), true)
  })

  it('of getting one let nobody look for others', () => {
    const key = withKey('products:get')
    assert.deepEqual([maySee(key, model('products')), maySearch(key, model('products'))], [true, false])
  })

  it('narrow what events somebody hears, and leave the columns as they are', () => {
    const audienceOf = audienceCompiler(models)
    const key = audienceOf(withKey('tasks:find', 'products:get', 'orders:my_orders'))
    assert.deepEqual([...key.columns.keys()].sort(), ['products', 'tasks'])
    assert.deepEqual(
      key.columns.get('products'),
      audienceOf({ id: 7, role: 'admin' }).columns.get('products')
    )
    assert.ok(key.keys.every((one) => /^(tasks|products)\//.test(one)))
  })

  it('refuse relations that lead out of them', () => {
    const ask = (query: object, ...scopes: string[]) =>
      parseQuery(model('order_items'), query as never, readerOf(withKey(...scopes)))
    assert.equal(refusal(() => ask({ include: 'product' }, 'order_items:find')).code, 'FORBIDDEN')
    const filter = () => ask({ 'product.name': 'Tea' }, 'order_items:find', 'products:get')
    assert.equal(refusal(filter).code, 'FORBIDDEN')
    assert.equal(ask({ include: 'product' }, 'order_items:find', 'products:find').include!.length, 1)
  })

  const PROBLEMS: [string, RegExp | undefined][] = [
    ['tasks:find', undefined],
    ['tasks:*', undefined],
    ['*:get', undefined],
    ['*:*', undefined],
    ['taks:find', /not a resource; did you mean tasks\?/],
    ['tasks:fnd', /not an operation of tasks; did you mean find\?/],
    ['*:fly', /not an operation/],
    ['auth:login', /no API key may be allowed/],
    ['users:patch', /no API key may be allowed/],
    ['tasks', /must be/],
    ['tasks:', /must be/],
    ['tasks:find:x', /must be/],
    ['t*:find', /not a resource/],
    ['constructor:find', /not a resource/]
  ]
  for (const [scope, problem] of PROBLEMS)
    it(`${scope}: ${problem ? String(problem) : 'is one'}`, () => {
      const found = scopeProblem(models, scope)
      if (problem) assert.match(found ?? '', problem)
      else assert.equal(found, undefined)
    })
})
