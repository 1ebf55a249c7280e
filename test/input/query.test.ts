import assert from 'node:assert/strict'
import { stringify } from 'qs'
import { lower } from '../../packages/rachis/src/model/lower'
import { operatorsFor } from '../../packages/rachis/src/query/query'
import { isRounded } from '../../packages/rachis/src/declare/column-types'
import type { FieldInfo } from '../../packages/rachis/src/declare'
import type { Json, Listener, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import type { Sample } from './samples'
import { fill, samples } from './samples'

// As Feathers' REST client writes it, but for null, of which it makes an empty text.
const encode = (query: object) =>
  stringify(query, { filter: (_name, value) => (value === null ? 'null' : value) })
const idsOf = (rows: readonly Sample[]) => rows.map(({ id }) => id)

/** What SQL says of a value that is there; of NULL it says nothing. */
const HOLDS: Record<string, (value: any, operand: any) => boolean> = {
  $eq: (value, operand) => value === operand,
  $ne: (value, operand) => value !== operand,
  $lt: (value, operand) => value < operand,
  $lte: (value, operand) => value <= operand,
  $gt: (value, operand) => value > operand,
  $gte: (value, operand) => value >= operand,
  $in: (value, operand) => operand.includes(value),
  $nin: (value, operand) => !operand.includes(value),
  $ilike: (value, operand) => value.toLowerCase() === operand.toLowerCase(),
  $contains: (value, operand) => operand.every((word: string) => value.includes(word))
}
const holds = (operator: string, value: unknown, operand: unknown): boolean =>
  operator === '$null' ? (value === null) === operand : value !== null && HOLDS[operator]!(value, operand)

/** Whole numbers that JSON may have rounded go over a socket as texts. */
const asSent = (query: object): object =>
  JSON.parse(JSON.stringify(query), (_, value: unknown) =>
    isRounded(value) ? String(value) : value
  ) as object

describe('queries', () => {
  let world: World
  let socket: Listener
  let rows: Sample[]
  before(async () => {
    world = await startWorld({ resources: [samples] })
    rows = await fill(world)
    socket = await world.socket()
  })
  after(() => world?.close())

  const rest = (query: string) => world.rest(anonymous, 'GET', `/samples?${query}`)
  /** The ids that REST, in either spelling, and a socket find. */
  const found = async (friendly: string, query: object): Promise<number[][]> => {
    const answers = [await rest(friendly), await rest(encode(query))]
    for (const { status, body } of answers) assert.equal(status, 200, JSON.stringify(body))
    const live = await socket.call('find', 'samples', asSent(query))

    return [...answers.map(({ body }) => body), live].map(({ data }) => idsOf(data))
  }

  describe('every operator on every type', () => {
    const fields = [...lower(samples).fields.values()].filter(({ name }) => !['secret', 'created_at', 'updated_at'].includes(name)) // prettier-ignore
    const operandsFor = (operator: string, values: unknown[]): unknown[] => {
      if (operator === '$null') return [true, false]
      if (operator === '$contains') return [['new'], ['new', 'x'], ['a,b'], ['nothing']]

      return operator === '$in' || operator === '$nin' ? [values.slice(0, 2), values, [values[0]]] : values
    }
    const operators = (field: FieldInfo) => [...(['jsonb', 'text[]'].includes(field.type) ? [] : ['$eq']), ...operatorsFor(field)] // prettier-ignore

    for (const field of fields) {
      for (const operator of operators(field)) {
        it(`${field.name} (${field.type}) ${operator}`, async () => {
          const values = [...new Set(rows.map((row) => row[field.name]))].filter((value) => value !== null)
          // A pattern has characters of its own: they have a test of theirs.
          const operands = operandsFor(operator, values).filter((value) => operator !== '$ilike' || !/[%_\\]/.test(String(value))) // prettier-ignore
          assert.ok(operands.length > 0)
          for (const operand of operands) {
            const query = { [field.name]: operator === '$eq' ? operand : { [operator]: operand } }
            const expected = idsOf(rows.filter((row) => holds(operator, row[field.name], operand)))
            const { body } = await rest(encode(query))
            assert.deepEqual(idsOf(body.data), expected, `${encode(query)}: ${JSON.stringify(body)}`)
            assert.deepEqual(idsOf((await socket.call('find', 'samples', asSent(query))).data), expected)
            assert.equal(body.total, expected.length)
          }
        })
      }
    }
  })

  describe('both spellings', () => {
    type Row = [friendly: string, query: object, finds: (row: Sample) => boolean]
    const has = (name: string) => (row: Sample) => row.name === name
    const TABLE: Row[] = [
      ['min_price=1&max_price=4.5', { price: { $gte: 1, $lte: 4.5 } }, ({ price }) => price >= 1 && price <= 4.5],
      ['min_price=1&price[$lt]=4.5', { price: { $gte: 1, $lt: 4.5 } }, ({ price }) => price >= 1 && price < 4.5],
      ['min_size=2&size=3', { $and: [{ size: { $gte: 2 } }, { size: 3 }] }, ({ size }) => size === 3],
      ['kind=odd,large', { kind: { $in: ['odd', 'large'] } }, ({ kind }) => kind !== 'small'],
      ['kind=odd&kind=large', { kind: ['odd', 'large'] }, ({ kind }) => kind !== 'small'],
      ['size=1,2,99', { size: { $in: [1, 2, 99] } }, ({ size }) => size === 1 || size === 2],
      ['size[$in]=1,2', { size: { $in: ['1', '2'] } }, ({ size }) => size === 1 || size === 2],
      ['name=a,b', { name: 'a,b' }, has('a,b')],
      ['name=%C3%84rger%20%F0%9F%AB%96', { name: 'Ärger 🫖' }, has('Ärger 🫖')],
      ['name=100%25+pure', { name: '100% pure' }, has('100% pure')],
      ["note=o'hara", { note: "o'hara" }, ({ note }) => note === "o'hara"],
      ['name[$ilike]=100\\%25%25', { name: { $ilike: '100\\%%' } }, has('100% pure')],
      ['name[$ilike]=UNDER\\_%25', { name: { $ilike: 'UNDER\\_%' } }, has('under_score')],
      ['name[$ilike]=_____', { name: { $ilike: '_____' } }, ({ name }) => [...name].length === 5],
      ['name[$ilike]=BACK\\\\slash', { name: { $ilike: 'BACK\\\\slash' } }, has('back\\slash')],
      ['note=null', { note: 'null' }, ({ note }) => note === 'null'],
      ['note[$null]=true', { note: { $null: true } }, ({ note }) => note === null],
      ['rank=null', { rank: null }, ({ rank }) => rank === null],
      ['rank[$ne]=null', { rank: { $ne: null } }, ({ rank }) => rank !== null],
      ['rank=null,7', { rank: { $in: [null, 7] } }, ({ rank }) => rank === null || rank === 7],
      ['rank[$nin]=null,7', { rank: { $nin: [null, 7] } }, ({ rank }) => rank !== null && rank !== 7],
      ['rank[$nin][]=null', { rank: { $nin: [null] } }, ({ rank }) => rank !== null],
      ['at[$lt]=2026-02-01', { at: { $lt: '2026-02-01T00:00:00Z' } }, ({ at }) => at && at < '2026-02-01'],
      ['at=2026-01-31T17:30:00%2B05:30', { at: '2026-01-31T12:00:00.000Z' }, has('beryl')],
      ['max_day=2026-01-30', { day: { $lte: '2026-01-30' } }, ({ day }) => day && day <= '2026-01-30'],
      ['token=0192F0A0-0000-7000-8000-000000000002', { token: '0192f0a0-0000-7000-8000-000000000002' }, has('beryl')],
      ['is_on=true', { is_on: true }, ({ is_on }) => is_on],
      ['price=0.1', { price: '0.1' }, ({ price }) => price === 0.1],
      ['price=0.10000001', { price: 0.10000001 }, () => false],
      ['weight[$gt]=1e299', { weight: { $gt: 1e299 } }, ({ weight }) => weight === 1e300],
      ['tags[$contains]=new', { tags: { $contains: ['new'] } }, ({ tags }) => tags.includes('new')],
      ['tags[$contains][]=new&tags[$contains][]=x', { tags: { $contains: ['new', 'x'] } }, ({ tags }) => tags.includes('x')],
      ['tags[$contains]=new,x', { tags: { $contains: 'new,x' } }, ({ tags }) => tags.includes('x')],
      ['tags[$contains][]=a,b', { tags: { $contains: ['a,b'] } }, ({ tags }) => tags.includes('a,b')],
      ['size=1&size=2,3', { size: ['1', 2, '3'] }, ({ size }) => size >= 1 && size <= 3],
      ['size=1,2&filter[size]=2,3', { size: [1, 2], filter: { size: [2, 3] } }, ({ size }) => size === 2],
      ['filter[price.$gte]=1&filter[price.$lte]=4.5', { filter: { price: { $gte: 1, $lte: 4.5 } } }, ({ price }) => price >= 1 && price <= 4.5],
      ['data.gr%C3%B6%C3%9Fe=19.90', { 'data.größe': 19.9 }, ({ data }) => data.größe],
      ['data.gr%C3%B6%C3%9Fe=19.9,1', { 'data.größe': '19.9,1' }, () => false],
      ['data.gr%C3%B6%C3%9Fe=1.99e1&data.gr%C3%B6%C3%9Fe=1', { 'data.größe': [1, 19.9] }, ({ data }) => data.größe],
      ['data.gr%C3%B6%C3%9Fe[$ne]=19.900', { 'data.größe': { $ne: 19.9 } }, () => false],
      ['data."a.b".c d=7.0', { 'data."a.b".c d': 7 }, ({ data }) => data['a.b']],
      ['data."a.b".c d.$gt=6', { 'data."a.b".c d': { $gt: 6 } }, ({ data }) => data['a.b']],
      ['data.color=red', { 'data.color': 'red' }, ({ data }) => data.color === 'red'],
      ['data.color[$ilike]=RED', { 'data.color': { $ilike: 'RED' } }, ({ data }) => /red/i.test(data.color)],
      ['data.box.width=5', { 'data.box.width': 5 }, ({ data }) => data.box?.width === 5],
      ['data.box.width[$lt]=10', { 'data.box.width': { $lt: 10 } }, ({ data }) => data.box?.width < 10],
      ['data.box.width[$gte]=4.5&data.box.width[$lte]=1e1', { 'data.box.width': { $gte: 4.5, $lte: 1e1 } }, ({ data }) => data.box?.width === 5],
      ['data.box.width[$gt]=-1e999', { 'data.box.width': { $gt: '-1e999' } }, ({ data }) => data.box],
      ['data.color[$gt]=red', { 'data.color': { $gt: 'red' } }, () => false],
      ['data.color[$gte]=1', { 'data.color': { $gte: '1' } }, ({ data }) => data.color],
      ['data.on=true', { 'data.on': true }, ({ data }) => data.on === true],
      ['data.color[$null]=true', { 'data.color': { $null: true } }, ({ data }) => !data.color],
      ['data.color[$in]=red,blue', { 'data.color': { $in: ['red', 'blue'] } }, ({ data }) => ['red', 'blue'].includes(data.color)],
      ['$or[0][size]=1&$or[1][name]=coral', { $or: [{ size: 1 }, { name: 'coral' }] }, ({ size }) => size === 1 || size === 3],
      ['$or[0][size]=1&$or[0][name]=coral', { $or: [{ size: 1, name: 'coral' }] }, () => false],
      ['$and[0][min_size]=2&$and[1][max_size]=3&is_on=true', { $and: [{ min_size: 2 }, { max_size: 3 }], is_on: true }, ({ size }) => size === 2],
      ['$or[0][$and][0][size]=1&$or[0][$and][1][kind]=odd', { $or: [{ $and: [{ size: 1 }, { kind: 'odd' }] }] }, ({ size }) => size === 1],
      ['kind[$nin]=odd,large&is_on[$ne]=true', { kind: { $nin: ['odd', 'large'] }, is_on: { $ne: true } }, ({ kind, is_on }) => kind === 'small' && !is_on]
    ] // prettier-ignore
    for (const [friendly, query, finds] of TABLE) {
      it(friendly, async () => {
        const expected = idsOf(rows.filter(finds))
        assert.deepEqual(await found(friendly, query), [expected, expected, expected])
      })
    }
  })

  describe('order, columns and pages', () => {
    const by =
      (...names: string[]) =>
      (a: Sample, b: Sample) =>
        names.reduce((sum, name) => sum || (a[name] < b[name] ? -1 : a[name] > b[name] ? 1 : 0), 0)
    const KINDS = ['small', 'large', 'odd']
    const sorts: [string, object, (rows: Sample[]) => Sample[]][] = [
      ['sort=price', { $sort: { price: 1 } }, (all) => all.sort(by('price'))],
      ['sort=-price', { $sort: { price: '-1' } }, (all) => all.sort(by('price')).reverse()],
      ['sort=is_on,-size', { $sort: { is_on: 1, size: -1 } }, (all) => all.sort(by('size')).reverse().sort(by('is_on'))],
      // The order of declared words is the declared one: the alphabet has large before small.
      ['sort=kind', { $sort: { kind: 1 } }, (all) => all.sort(by('id')).sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))],
      ['sort=-kind', { $sort: { kind: -1 } }, (all) => all.sort(by('id')).reverse().sort((a, b) => KINDS.indexOf(b.kind) - KINDS.indexOf(a.kind))]
    ] // prettier-ignore
    for (const [friendly, query, order] of sorts) {
      it(friendly, async () => {
        const expected = idsOf(order([...rows]))
        assert.deepEqual(await found(friendly, query), [expected, expected, expected])
      })
    }

    it('an empty list of values', async () => {
      const lengthOf = async (query: object) => (await socket.call('find', 'samples', query)).data.length
      assert.deepEqual(
        [await lengthOf({ rank: { $in: [] } }), await lengthOf({ rank: { $nin: [] } })],
        [0, 8]
      )
    })

    it('fields=name,price is $select', async () => {
      const query = { $select: ['name', 'price'] }
      const [friendly, feathers] = [await rest('fields=name,price'), await rest(encode(query))]
      const expected = rows.map(({ id, name, price }) => ({ id, name, price }))
      for (const { data } of [friendly.body, feathers.body, await socket.call('find', 'samples', query)])
        assert.deepEqual(data, expected)
      const one = await world.rest(anonymous, 'GET', `/samples/${rows[0]!.id}?fields=size`)
      assert.deepEqual(one.body, { id: rows[0]!.id, size: 1 })
      assert.deepEqual(await socket.call('get', 'samples', rows[0]!.id, { $select: ['size'] }), one.body)
    })

    const pages: [string, object, number, number, number][] = [
      ['limit=3', { $limit: 3 }, 3, 0, 3],
      ['limit=3&skip=6', { $limit: '3', $skip: '6' }, 3, 6, 2],
      ['skip=100', { $skip: 100 }, 50, 100, 0],
      ['limit=0', { $limit: 0 }, 0, 0, 0],
      ['limit=1000', { $limit: 1000 }, 100, 0, 8],
      ['', {}, 50, 0, 8]
    ]
    for (const [friendly, query, limit, skip, length] of pages) {
      it(`${friendly || 'nothing asked'}: limit ${limit}, skip ${skip}`, async () => {
        const answers = [(await rest(friendly)).body, (await rest(encode(query))).body]
        for (const page of [...answers, await socket.call('find', 'samples', query)]) {
          assert.deepEqual(
            { ...page, data: page.data.length },
            { total: rows.length, limit, skip, data: length }
          )
        }
      })
    }

    for (const start of ['page_size=3&sort=-size', 'page=1&page_size=3&sort=-size&size[$gt]=-5', 'page_size=3&name[$ne]=x%26y', 'page_size=3&$or[0][min_size]=0&$or[0][max_size]=4&$or[1][size][$in][]=5&$or[1][size][$in][]=6&$or[2][size][$gt]=6']) {
      it(`?${start}: its links lead through every record once, and back`, async () => {
        const seen: Json[][] = []
        const { total } = (await rest(start.replace(/page=1&|page_size=3&?/g, ''))).body
        let next: string | null = `/api/v1/samples?${start}`
        let last = ''
        while (next) {
          const { body }: { body: Json } = await world.rest(anonymous, 'GET', next.slice('/api/v1'.length))
          assert.equal(body.count, total)
          assert.equal(body.previous === null, seen.length === 0)
          seen.push(body.results);
          [last, next] = [body.previous, body.next] // prettier-ignore
        }
        const before = await world.rest(anonymous, 'GET', last.slice('/api/v1'.length))
        assert.deepEqual(before.body.results, seen.at(-2))
        assert.equal(new Set(seen.flat().map(({ id }) => id)).size, total)
      })
    } // prettier-ignore

    it('a page beyond the last is empty', async () => {
      const { body } = await rest('page=99&page_size=3')
      assert.deepEqual([body.count, body.next, body.results], [8, null, []])
      assert.equal((await rest('page=1&page_size=999')).body.results.length, 8)
    })
  })
})
