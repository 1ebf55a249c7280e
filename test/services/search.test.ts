import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import type { Retail } from './retail'
import { openRetail } from './retail'

describe('full-text search', () => {
  let retail: Retail
  const find = async (text: string, { person = anonymous, rest = '' }: { person?: Person; rest?: string } = {}) => {
    const answer = await retail.rest(person, 'GET', `/products?search=${encodeURIComponent(text)}${rest}`)
    assert.equal(answer.status, 200, `${text.slice(0, 50)}: ${JSON.stringify(answer.body)}`)

    return answer.body as { total: number; data: Json[] }
  } // prettier-ignore
  const names = async (...args: Parameters<typeof find>) =>
    (await find(...args)).data.map(({ name }) => name as string)

  before(async () => {
    retail = await openRetail()
    const { product } = retail
    await product({ name: 'Red running shoe', brand: 'Barb', sku: 'SHO-001', tags: ['sport'] })
    await product({ name: 'Blue shoe', description: 'Also in red' })
    await product({ name: 'Red hat', description: 'For the head' })
    await product({ name: 'Water boiler', description: 'Does what a kettle does, without a whistle' })
    await product({ name: 'Crème brûlée torch', brand: 'Flammé' })
    await product({ name: 'Käsefondue-Topf', description: '緑茶と急須' })
    await product({ name: 'Red herring, kettle of fish', description: 'red shoe kettle', is_active: false })
    const { id } = await product({ name: 'Removed red kettle shoe' })
    await retail.rest(retail.people.admin, 'DELETE', `/products/${id}`)
  })
  after(() => retail.world.close())

  it('finds words and their beginnings, in any case', async () => {
    assert.equal((await names('hat'))[0], 'Red hat')
    assert.deepEqual(await names('runn'), ['Red running shoe'])
    assert.equal((await names('RED HA'))[0], 'Red hat')
    assert.deepEqual(await names('barb'), ['Red running shoe'], 'the brand')
    assert.deepEqual(await names('sho-001'), ['Red running shoe'], 'the article number')
    assert.deepEqual(await names('crème'), ['Crème brûlée torch'])
    assert.deepEqual(await names('käsef'), ['Käsefondue-Topf'])
  })

  it('wants all of several words, in any order and from any column', async () => {
    assert.deepEqual((await names('red shoe')).sort(), ['Blue shoe', 'Red running shoe'])
    assert.deepEqual((await names('shoe red')).sort(), ['Blue shoe', 'Red running shoe'])
    assert.deepEqual(await names('red shoe barb'), ['Red running shoe'])
    assert.deepEqual(await names('red umbrella'), [])
  })

  it('forgives a slip', async () => {
    assert.deepEqual(await names('ketle'), ['Kettle', 'Water boiler'])
    assert.deepEqual(await names('runing'), ['Red running shoe'])
    assert.deepEqual(await names('qqqq'), [])
    await retail.product({ name: 'Shelf', description: 'for shirts' })
    assert.deepEqual(
      (await names('sho')).sort(),
      ['Blue shoe', 'Red running shoe'],
      'half of a word is no slip'
    )
    assert.deepEqual(await names('shef'), ['Shelf'])
  })

  it('puts the best first: what is found often before what is found once, and that before what is only like it', async () => {
    const { product } = retail
    await product({ name: 'Teapot', description: 'teapot, teapot and again teapot' })
    await product({ name: 'Cosy', description: 'for a teapot, of wool' })
    await product({ name: 'Teapt' })
    assert.deepEqual(await names('teapot'), ['Teapot', 'Cosy', 'Teapt'])
    assert.deepEqual(await names('teapot', { rest: '&sort=name' }), ['Cosy', 'Teapot', 'Teapt'], 'unless asked otherwise')
    assert.deepEqual(await names('teapot', { rest: '&limit=1&skip=1' }), ['Cosy'])
    assert.equal((await find('teapot', { rest: '&limit=1' })).total, 3)
  }) // prettier-ignore

  it('never finds for the public what is hidden from it, nor for anybody what is removed', async () => {
    const { manager, stranger } = retail.people
    for (const text of ['herring', 'secret', 'blend', 'fish', 'heering', 'removed'])
      for (const person of [anonymous, stranger]) assert.equal((await find(text, { person })).total, 0, text)
    assert.deepEqual(await names('herring', { person: manager }), ['Red herring, kettle of fish'])
    assert.equal((await find('removed', { person: manager })).total, 0)
    const found = await names('red shoe')
    assert.ok(found.length > 0 && !found.some((name) => /herring|Removed/.test(name)), found.join())
    assert.equal(
      (await find('red', { rest: '&limit=0' })).total,
      (await find('red')).data.length,
      'not even counted'
    )
  })

  it('does not look into a hidden column: a cost is found by nobody', async () => {
    const { manager } = retail.people
    await retail.product({ name: 'Plain', cost: 777.77 })
    for (const person of [anonymous, manager]) assert.deepEqual(await names('777', { person }), [])
  })

  it('goes together with filters, relations and sockets', async () => {
    const { categories, world } = retail
    assert.deepEqual(await names('kettle', { rest: '&min_price=30' }), ['Kettle'])
    assert.deepEqual(await names('kettle', { rest: '&category.slug=kitchen&include=category' }), ['Kettle'])
    const socket = await world.socket()
    const found = await socket.call('find', 'products', { $search: 'ketle', category_id: categories.kitchen.id })
    assert.deepEqual(found.data.map(({ name }: Json) => name), ['Kettle'])
  }) // prettier-ignore

  it('takes whatever somebody types for words, never for a language', async () => {
    const odd = ['&|!():*', "'", '"', `''""\\`, '\\', '%', '_', '*', ':*', '!', 'a & !b', 'red | hat', "red' or '1'='1", '$1', '?', '<->', 'a:b',
      '🫖', '👩‍👩‍👧', 'é', 'ﬁ', 'İ', 'ẞ', '\t', '-', '--', '/*', '  red  ', '\u202e', '\uffff', '{}', '[]', 'null', 'constructor', '__proto__'] // prettier-ignore
    for (const text of odd) await find(text)
    for (const text of ["red' hat!", '!hat & red', 'red | hat'])
      assert.equal((await names(text))[0], 'Red hat', text)
    const everything = (await find('', {})).total
    for (const text of ['&|!():*', '🫖', ' '])
      assert.equal((await find(text)).total, everything, 'no word asks for nothing')
  })

  it('takes long texts up to a thousand characters, and refuses longer ones', async () => {
    for (const text of ['a'.repeat(1000), 'ab '.repeat(333), '緑'.repeat(1000), '😀'.repeat(500), 'é'.repeat(1000), "'".repeat(1000), 'red hat '.repeat(120)])
      await find(text)
    const refused = await retail.rest(anonymous, 'GET', `/products?search=${'a'.repeat(1001)}`)
    assert.deepEqual([refused.status, refused.body.error.field], [422, '$search'])
    for (const query of ['search[a]=b', 'search[]=a', '$search[$gt]=a', 'search=a%00b'])
      assert.equal((await retail.rest(anonymous, 'GET', `/products?${query}`)).status, 422, query)
    assert.equal((await retail.rest(anonymous, 'GET', '/categories?search=a')).status, 400, 'nothing is declared to be searched')
  }) // prettier-ignore

  it('answers any text at all, on sockets as well', async () => {
    const socket = await retail.world.socket()
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 40 }), fc.string({ unit: fc.constantFrom(...`ab '"\\&|!()<->:*%_?$1é🫖`), maxLength: 30 }))
    await fc.assert(
      fc.asyncProperty(text, async ($search) => {
        const answer = await socket.call('find', 'products', { $search }).catch((error: Json) => error)
        assert.ok(answer.total !== undefined || answer.code === 422, `${JSON.stringify($search)} ${JSON.stringify(answer)}`)
        if (answer.total !== undefined) assert.ok(answer.data.every((row: Json) => row.is_active))
      }),
      { numRuns: 120 }
    )
  }) // prettier-ignore
})
