import assert from 'node:assert/strict'
import { eq, gt } from '@tanstack/db'
import { at, CollectionsStage, names } from './collections-stage'
import type { Readers } from './collections-stage'
import { within } from './within'

/** The scenarios of db-collection-e2e of TanStack/db, which is not published, against lists that are asked for on demand. */
describe('collections of TanStack DB whose subsets are asked for on demand', function () {
  this.timeout(60_000)
  const stage = new CollectionsStage()
  before(() => stage.start())
  beforeEach(() => stage.begin())
  afterEach(() => stage.end())
  after(() => stage.stop())

  it('find the first ones in an order and load no others', async () => {
    const collection = stage.collection()
    const first = await stage.query((q) => q.from({ reader: collection }).orderBy(({ reader }: any) => reader.joinedAt, 'desc').limit(5)) // prettier-ignore
    assert.deepEqual(
      names(first),
      stage.all.slice(25).map(({ name }) => name).reverse()
    ) // prettier-ignore
    assert.equal(collection.size, 5)
  })

  for (const [nulls, direction] of [
    ['first', 'asc'],
    ['last', 'asc'],
    ['first', 'desc'],
    ['last', 'desc']
  ] as const)
    // prettier-ignore
    it(`find the first ones where nulls come ${nulls} in ${direction}ending order`, async () => {
      const page = (limit: number) =>
        stage.query((q) => q.from({ reader: stage.collection() }).orderBy(({ reader }: any) => reader.removedAt, { direction, nulls }).limit(limit)) // prettier-ignore
      const [few, whole] = [await page(13), await page(100)]
      const times = (found: Readers) => found.toArray.map(({ removedAt }) => removedAt?.getTime())
      assert.equal(few.size, 13)
      assert.deepEqual(times(few), times(whole).slice(0, 13))
    })

  it('page through an order by several fields, in both directions, and load what a page needs', async () => {
    const build = (limit: number, offset: number, collection = stage.collection())=>
      (q: any) => q.from({ reader: collection }).orderBy(({ reader }: any) => reader.isActive, 'desc').orderBy(({ reader }: any) => reader.age, 'asc').orderBy(({ reader }: any) => reader.joinedAt, 'asc').limit(limit).offset(offset) // prettier-ignore
    const expected = [...stage.all].sort((a, b) => Number(b.isActive) - Number(a.isActive) || a.age - b.age || +a.joinedAt - +b.joinedAt).map(({ name }) => name) // prettier-ignore
    const collection = stage.collection()
    const paged = await stage.query(build(7, 0, collection))
    assert.deepEqual(names(paged), expected.slice(0, 7))
    assert.ok(collection.size < 20, `${collection.size} of 30 are loaded`)
    for (const offset of [7, 14, 21, 28, 14, 0]) {
      await paged.utils.setWindow({ offset, limit: 7 })
      await within(() => assert.deepEqual(names(paged), expected.slice(offset, offset + 7)))
    }
    assert.deepEqual(names(await stage.query(build(7, 10))), expected.slice(10, 17))
    assert.equal((await stage.query(build(7, 200))).size, 0)
  })

  it('join what is loaded for it only', async () => {
    for (const [n, id] of stage.ids.slice(0, 6).entries())
      await stage.world.sql(`insert into articles (reader_id, title) values ($1, $2)`, [id, `Article ${n}`])
    const collection = stage.collection()
    const written = stage.plain('articles')
    const joined = await stage.query((q) =>
      q
        .from({ reader: collection })
        .where(({ reader }: any) => eq(reader.age, 18))
        .join({ article: written }, ({ reader, article }: any) => eq(reader.id, article.reader_id), 'left')
        .select(({ reader, article }: any) => ({ name: reader.name, title: article?.title }))
    )
    const pairs = () => joined.toArray.map((row) => `${row.name}: ${(row as unknown as { title?: string }).title}`).filter((pair) => !pair.endsWith('undefined')).sort() // prettier-ignore
    await within(() => assert.deepEqual(pairs(), ['DIANA 3: Article 3', 'bob 1: Article 1']))
    assert.equal(written.size, 2)
    await stage.world.sql('delete from articles')
  })

  it('ask once for what is asked for at once, and give it back with the last who uses it', async () => {
    const collection = stage.collection()
    const build = (reader: any) => gt(reader.age, 30)
    const found = await Promise.all(Array.from({ length: 5 }, () => stage.where(collection, build)))
    assert.deepEqual(stage.asked, [{ age: { $gt: 30 } }])
    const other = await stage.where(collection, (reader) => eq(reader.age, 77))
    assert.equal(stage.open, 2)
    for (const one of found.slice(1)) await one.cleanup()
    assert.equal(found[0]!.size, stage.all.filter(({ age }) => age > 30).length)
    await found[0]!.cleanup()
    await within(() => assert.equal(stage.open, 1))
    assert.deepEqual(names(collection).sort(), names(other).sort())
    await other.cleanup()
    await within(() => assert.equal(collection.size, 0))
  })

  it('show what comes to match, what changes and what does so no more, also after the connection was lost', async () => {
    const collection = stage.collection()
    const found = await stage.where(collection, (reader) => gt(reader.age, 90))
    const id = await stage.insert(100, { age: 91 })
    const hidden = await stage.insert(101, { age: 1 })
    await within(() => assert.deepEqual(names(found), ['Alice 100']))
    stage.gateway.cut()
    await stage.world.sql(`update readers set age = 95 where id = $1`, [hidden])
    await stage.world.sql(`update readers set name = 'Alma' where id = $1`, [id])
    await within(() => assert.deepEqual(names(found).sort(), ['Alma', 'bob 101']))
    await stage.world.sql(`update readers set age = 2 where id = $1`, [id])
    await within(() => assert.deepEqual(names(found), ['bob 101']))
    await stage.world.sql(`delete from readers where name not similar to '[A-Za-z]+ [12]?[0-9]'`)
    await within(() => assert.equal(found.size, 0))
    assert.equal(collection.size, 0)
  })

  it('fill a window up when one of its records goes, and put a new one into its place', async () => {
    const first = await stage.query((q) => q.from({ reader: stage.collection() }).orderBy(({ reader }: any) => reader.joinedAt, 'asc').limit(3)) // prettier-ignore
    const id = await stage.insert(200, { joinedAt: at(-1) })
    await within(() => assert.deepEqual(names(first), ['Alice 200', 'Alice 0', 'bob 1']))
    await stage.world.sql('delete from readers where id = $1', [id])
    await within(() => assert.deepEqual(names(first), ['Alice 0', 'bob 1', 'Charlie 2']))
  })

  it('follow rules: what they bring into sight, and take out of it, by a change of another record', async () => {
    const found = await stage.query((q) => q.from({ letter: stage.plain('letters') }))
    const titles = () => found.toArray.map((row) => (row as unknown as { title: string }).title).sort()
    await stage.world.sql(
      'insert into circles (id, is_open) overriding system value values (1, true), (2, false)'
    )
    await stage.world.sql(`insert into letters (circle_id, title) values (1, 'seen'), (2, 'hidden')`)
    await within(() => assert.deepEqual(titles(), ['seen']))
    await stage.world.sql('update circles set is_open = true where id = 2')
    await within(() => assert.deepEqual(titles(), ['hidden', 'seen']))
    await stage.world.sql('update circles set is_open = false where id = 1')
    await within(() => assert.deepEqual(titles(), ['hidden']))
  })

  it('write through the service', async () => {
    const collection = stage.collection()
    const found = await stage.where(collection, (reader) => gt(reader.age, 90))
    const item = { id: 'new', name: 'Made 300', email: null, age: 99, isActive: true, joinedAt: at(0), removedAt: null } // prettier-ignore
    const inserted = collection.insert(item)
    assert.deepEqual(names(found), ['Made 300'])
    await inserted.isPersisted.promise
    const [made] = found.toArray
    assert.notEqual(made!.id, 'new')
    await collection.update(made!.id, (draft) => void (draft.isActive = false)).isPersisted.promise
    assert.equal(found.toArray[0]!.isActive, false)
    await collection.update(made!.id, (draft) => void (draft.age = 3)).isPersisted.promise
    assert.equal(found.size, 0)
    await stage.world.sql('delete from readers where id = $1', [made!.id])
  })

  it('show at once what a query asks for while all of it is still on its way, and then all', async () => {
    const collection = stage.collection('progressive')
    const found = await stage.where(collection, (reader) => eq(reader.age, 77))
    assert.equal(found.size, 5)
    await within(() => assert.equal(collection.status, 'ready'))
    await within(() => assert.equal(collection.size, 30))
    assert.equal(stage.open, 1, 'what was asked for besides is given back')
    assert.equal(found.size, 5)
    await stage.where(collection, (reader) => eq(reader.age, 18))
    assert.equal(stage.open, 1)
  })

  it('fail where the server refuses, and nothing else does', async () => {
    const collection = stage.collection()
    const found = await stage.where(collection, (reader) => eq(reader.age, 77))
    const errors: unknown[] = []
    const subscription = collection.subscribeChanges(() => undefined, {
      includeInitialState: true,
      where: (reader) => eq((reader as unknown as { unknown: string }).unknown, 'x'),
      onLoadSubsetError: ({ error }) => void errors.push(error)
    })
    await within(() => assert.deepEqual(errors.map((error) => (error as { code: string }).code), ['BAD_QUERY'])) // prettier-ignore
    subscription.unsubscribe()
    assert.equal(found.size, 5)
  })
})
