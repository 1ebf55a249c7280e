import assert from 'node:assert/strict'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { fill, RESOURCES } from './sales'

type Cast = Awaited<ReturnType<World['cast']>>

describe('aggregates', () => {
  let world: World
  let cast: Cast
  const ask = async (query: string, person: Person = cast.admin): Promise<Json> => {
    const { status, body } = await world.rest(person, 'GET', `/sales/aggregate?${query}`)
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }
  const refused = async (query: string, person: Person = cast.admin): Promise<Json> => {
    const { status, body } = await world.rest(person, 'GET', `/sales/aggregate?${query}`)
    const error = body.error as Json

    return { status, code: error.code, field: error.field, message: error.message, hint: error.hint }
  }

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    cast = await world.cast()
    await fill(world, cast.owner, cast.stranger)
  })
  after(() => world.close())

  it('count, sum and average by groups, in the order that is asked for', async () => {
    const groups = await ask('group=status&count=*&sum=price&avg=price&min=price&max=price&sort=-sum.price')
    assert.deepEqual(groups, {
      total: 3, limit: 100, skip: 0,
      data: [
        { group: { status: 'lost' }, count: { '*': 1 }, sum: { price: null }, avg: { price: null }, min: { price: null }, max: { price: null } },
        { group: { status: 'paid' }, count: { '*': 3 }, sum: { price: 30.6 }, avg: { price: 10.2 }, min: { price: 0.3 }, max: { price: 20.2 } },
        { group: { status: 'open' }, count: { '*': 2 }, sum: { price: 0.3 }, avg: { price: 0.15 }, min: { price: 0.1 }, max: { price: 0.2 } }
      ]
    }) // prettier-ignore
  })

  it('count the records where nothing is asked, and NULL in a group of its own', async () => {
    assert.deepEqual((await ask('')).data, [{ group: {}, count: { '*': 6 } }])
    const { data } = await ask('group=stars&count=stars')
    assert.deepEqual(data, [{ group: { stars: 3 }, count: { stars: 2 } }, { group: { stars: 5 }, count: { stars: 2 } }, { group: { stars: null }, count: { stars: 0 } }]) // prettier-ignore
  })

  it('are of nothing as in SQL: a count of 0, and no value', async () => {
    const { data } = await ask('status=open&min_price=5&count=*,stars&sum=price&avg=price&max=sold_at')
    assert.deepEqual(data, [{ group: {}, count: { '*': 0, stars: 0 }, sum: { price: null }, avg: { price: null }, max: { sold_at: null } }]) // prettier-ignore
    assert.deepEqual(await ask('group=status&min_price=500'), { total: 0, limit: 100, skip: 0, data: [] })
  })

  it('choose groups by what they hold, also by what is not answered', async () => {
    const { data } = await ask('group=status&having[count][$gt]=1&having[sum.price.$lt]=1')
    assert.deepEqual(data, [{ group: { status: 'open' }, count: { '*': 2 } }])
    const either = await ask('group=status&having[$or][0][count]=1&having[$or][1][max.price][$gte]=20')
    assert.deepEqual(either.data.map(({ group }: Json) => group.status), ['paid', 'lost']) // prettier-ignore
    assert.deepEqual((await ask('having[count]=7')).data, [])
    assert.deepEqual((await ask('group=status&having[status]=open,lost&having[sum.price][$null]=true')).data.length, 1) // prettier-ignore
  })

  it('come in pages, with the number of all groups and links to the others', async () => {
    const first = await world.rest(cast.admin, 'GET', '/sales/aggregate?group=status&sort=-count&limit=2')
    assert.deepEqual([first.body.total, first.body.data.length], [3, 2])
    assert.match(first.headers.get('link')!, /<\/api\/v1\/sales\/aggregate\?group=status&sort=-count&limit=2&skip=2>; rel="next"/) // prettier-ignore
    assert.deepEqual((await ask('group=status&sort=-count&limit=2&skip=2')).data, [{ group: { status: 'lost' }, count: { '*': 1 } }]) // prettier-ignore
    assert.deepEqual(await ask('group=status&skip=9'), { total: 3, limit: 100, skip: 9, data: [] })
    assert.deepEqual(await ask('group=status&limit=0'), { total: 3, limit: 0, skip: 0, data: [] })
    assert.equal((await ask('group=id&limit=5000')).limit, 1000)
  })

  it('have declared words in their order, and the first of them as the least', async () => {
    const { data } = await ask('min=status&max=status')
    assert.deepEqual(data, [{ group: {}, min: { status: 'open' }, max: { status: 'lost' } }])
    assert.deepEqual((await ask('group=status')).data.map(({ group }: Json) => group.status), ['open', 'paid', 'lost']) // prettier-ignore
  })

  it('add decimals up without an error, in whatever order', async () => {
    const [{ sum, avg }] = (await ask('status=open&sum=price,weight&avg=weight')).data
    assert.deepEqual([sum, avg], [{ price: 0.3, weight: 0.3 }, { weight: 0.15 }])
  })

  it('refuse a sum that a number of JSON does not hold, and say the others', async () => {
    const [{ sum }] = (await ask('status=open&sum=cents')).data
    assert.deepEqual(sum, { cents: Number.MAX_SAFE_INTEGER })
    const { status, field, message } = await refused('sum=cents')
    assert.deepEqual([status, field], [422, 'sum.cents'])
    assert.match(message, /larger number than JSON can carry exactly/)
  })

  describe('by parts of the calendar', () => {
    const buckets = async (query: string, name: string) =>
      (await ask(query)).data.map(({ group, count }: Json) => [group[name], count['*']])

    it('begin where they do in the time zone', async () => {
      // Berlin: clocks went back from 3:00 to 2:00 on 25 October 2026, at 1:00 UTC.
      assert.deepEqual(await buckets('group=sold_at.day&tz=Europe/Berlin&status=paid', 'sold_at.day'), [
        ['2026-10-24T22:00:00.000Z', 2],
        ['2026-10-25T23:00:00.000Z', 1]
      ])
      assert.deepEqual(await buckets('group=sold_at.day&status=paid', 'sold_at.day'), [['2026-10-25T00:00:00.000Z', 3]]) // prettier-ignore
    })

    it('tell the hour that comes twice in autumn apart', async () => {
      assert.deepEqual(await buckets('group=sold_at.hour&tz=Europe/Berlin&status=paid', 'sold_at.hour'), [
        ['2026-10-25T00:00:00.000Z', 1],
        ['2026-10-25T01:00:00.000Z', 1],
        ['2026-10-25T23:00:00.000Z', 1]
      ])
    })

    it('are weeks from Monday, months, quarters and years, and the same of days', async () => {
      const of = async (unit: string, query = '') => (await buckets(`group=sold_on.${unit}&status=paid${query}`, `sold_on.${unit}`))[0] // prettier-ignore
      assert.deepEqual(await of('week'), ['2026-10-19', 3])
      assert.deepEqual(await of('month', '&tz=Pacific/Auckland'), ['2026-10-01', 3])
      assert.deepEqual(await of('quarter'), ['2026-10-01', 3])
      assert.deepEqual(await of('year'), ['2026-01-01', 3])
      const byTime = await buckets('group=sold_at.quarter&tz=Asia/Kolkata&status=paid', 'sold_at.quarter')
      assert.deepEqual(byTime, [['2026-09-30T18:30:00.000Z', 3]])
    })

    it('are sorted and chosen by', async () => {
      const all = await buckets('group=sold_at.hour&sort=-sold_at.hour&having[sold_at.hour][$lt]=2026-10-25T12:00:00Z', 'sold_at.hour') // prettier-ignore
      assert.deepEqual(all.map(([at]: [string]) => at), ['2026-10-25T01:00:00.000Z', '2026-10-25T00:00:00.000Z']) // prettier-ignore
    })

    it('are refused for what is no time, no part and no time zone', async () => {
      const hints = async (query: string) => { const { status, field, hint } = await refused(query); return [status, field, hint] } // prettier-ignore
      assert.deepEqual(await hints('group=sold_at.moth'), [400, 'sold_at', 'Did you mean sold_at.month?'])
      assert.deepEqual(await hints('group=price.day'), [400, 'price', 'Times are: sold_at, sold_on, created_at, updated_at']) // prettier-ignore
      assert.deepEqual(await hints('group=sold_on.hour'), [400, 'sold_on', 'Write sold_on. and one of day, week, month, quarter, year']) // prettier-ignore
      assert.deepEqual(await hints('group=sold_at.day&tz=Europe/Berln'), [400, 'tz', 'Did you mean Europe/Berlin?']) // prettier-ignore
      for (const tz of ['', '%2B01:00', 'x'.repeat(100), "UTC'--", 'posixrules'])
        assert.equal((await refused(`group=sold_at.day&tz=${tz}`)).field, 'tz', tz)
    })
  })

  it('leave removed records out, as a list does', async () => {
    const [{ id }] = (await world.rest(cast.owner, 'GET', '/sales?status=lost')).body.data
    await world.rest(cast.owner, 'DELETE', `/sales/${id}`)
    assert.deepEqual((await ask('status=lost')).data, [{ group: {}, count: { '*': 0 } }])
    await world.rest(cast.owner, 'POST', `/sales/${id}/restore`)
    assert.deepEqual((await ask('status=lost')).data, [{ group: {}, count: { '*': 1 } }])
  })

  describe('say what is wrong', () => {
    const cases: [query: string, field: string, message: RegExp, hint: RegExp][] = [
      ['sum=name', 'name', /no sum of name/, /^sum takes: id, price, weight, cents, stars, cost/],
      ['min=tags', 'tags', /no min of tags/, /^min takes: /],
      ['group=tags', 'tags', /cannot be grouped by/, /^group takes: /],
      ['group=nonsense', 'nonsense', /nonsense is not a field of sales/, /Fields here/],
      ['group=hidden', 'hidden', /hidden is not a field of sales/, /Fields here/],
      ['sum=pric', 'pric', /not a field/, /Did you mean price\?/],
      ['sum=*', '*', /not a field/, /Fields here/],
      ['group[a]=b', 'group', /takes names of fields/, /Write group=/],
      ['sort=price', 'price', /neither grouped by nor a value/, /Write one of count/],
      ['sort=-sum', 'sum', /neither grouped by nor a value/, /Write one of count/],
      ['group=status&sort=stauts', 'stauts', /neither/, /Did you mean status\?/],
      ['having=5', 'having', /takes conditions/, /having\[count\]/],
      ['having[nope]=1', 'nope', /neither/, /Write one of/],
      ['having[count][$ilike]=1', 'count.*', /no operator/, /Use one of/],
      ['page=2', 'page', /not a parameter here/, /group/],
      ['fields=id', 'fields', /not a parameter here/, /group/],
      ['include=user', 'include', /not a parameter here/, /group/],
      ['nonsense=1', 'nonsense', /not a field/, /Fields here/],
      [`group=id,name,status,price,stars,weight`, 'group', /at most 5/, /./],
      [`${['sum', 'avg', 'min', 'max'].map((name) => `${name}=id,price,weight,cents,stars,cost`).join('&')}`, 'max', /at most 20/, /./]
    ] // prettier-ignore
    for (const [query, field, message, hint] of cases)
      it(query.slice(0, 40), async () => {
        const error = await refused(query)
        assert.deepEqual([error.status, error.code, error.field], [400, 'BAD_QUERY', field], JSON.stringify(error)) // prettier-ignore
        assert.match(error.message, message)
        assert.match(error.hint, hint)
      })

    it('of values, as filters do', async () => {
      for (const [query, field] of [
        ['having[count]=x', 'count.*'],
        ['limit=-1', 'limit'],
        ['stars=x', 'stars']
      ]) {
        // prettier-ignore
        const error = await refused(query!)
        assert.deepEqual([error.status, error.field], [422, field])
      }
    })
  })

  it('are asked over sockets by the same names, and the client of Feathers', async () => {
    const socket = await world.socket(cast.owner)
    const query = { group: ['status', 'sold_at.month'], sum: ['price'], count: '*', having: { count: { $gte: 2 } }, sort: '-count', tz: 'Europe/Berlin', status: ['open', 'paid'] } // prettier-ignore
    const told: Json = await socket.call('aggregate', 'sales', query, {})
    const rest = await ask('group=status,sold_at.month&sum=price&count=*&having[count][$gte]=2&sort=-count&tz=Europe/Berlin&status=open,paid', cast.owner) // prettier-ignore
    assert.deepEqual(told, rest)
    await assert.rejects(socket.call('aggregate', 'sales', {}, { group: 'status' }), { code: 400 })
    await assert.rejects(socket.call('aggregate', 'sales', [1], {}), { code: 400 })
  })

  it('are not there where the declaration says so', async () => {
    assert.equal((await world.rest(cast.admin, 'GET', '/uncounted/aggregate')).status, 404)
  })

  it('find and search as a list does', async () => {
    for (const query of [
      'search=lamp',
      'name[$ilike]=%25lamp%25',
      'user.username=owner',
      '$or[0][stars]=5&$or[1][status]=lost',
      'filter[price.$gt]=0.2'
    ]) {
      // prettier-ignore
      const { total } = (await world.rest(cast.owner, 'GET', `/sales?${query}`)).body
      assert.equal((await ask(query, cast.owner)).data[0].count['*'], total, query)
    }
  })
})
