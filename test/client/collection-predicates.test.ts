import assert from 'node:assert/strict'
import { and, eq, gt, gte, ilike, inArray, isNull, like, lt, lte, not, or } from '@tanstack/db'
import { at, CollectionsStage, names } from './collections-stage'
import type { Reader } from './collections-stage'

/** The predicates of db-collection-e2e of TanStack/db, which is not published. */
describe('what is asked of collections of TanStack DB, as the server is asked for it', function () {
  this.timeout(60_000)
  const stage = new CollectionsStage()
  before(() => stage.start())
  beforeEach(() => stage.begin())
  afterEach(() => stage.end())
  after(() => stage.stop())

  /** What is asked, whom it is true of, and whether the server can be asked all of it. */
  const PREDICATES: [string, (reader: any) => unknown, (reader: Reader) => boolean, boolean][] = [
    ['eq() of a text', (r) => eq(r.name, 'Alice 5'), (r) => r.name === 'Alice 5', true],
    ['eq() of a text minds case', (r) => eq(r.name, 'alice 5'), () => false, true],
    ['eq() of a number', (r) => eq(r.age, 18), (r) => r.age === 18, true],
    ['eq() of a boolean', (r) => eq(r.isActive, true), (r) => r.isActive, true],
    ['eq() of an id', (r) => eq(r.id, stage.ids[3]!), (r) => r.id === stage.ids[3], true],
    ['eq() of a date', (r) => eq(r.joinedAt, at(4)), (r) => +r.joinedAt === +at(4), true],
    ['isNull()', (r) => isNull(r.email), (r) => r.email === null, true],
    ['isNull() where nothing is', (r) => isNull(r.age), () => false, true],
    ['not(isNull())', (r) => not(isNull(r.email)), (r) => r.email !== null, true],
    ['not(eq()), which is not true of null', (r) => not(eq(r.email, 'r1@example.com')), (r) => r.email !== null && r.email !== 'r1@example.com', true],
    ['gt()', (r) => gt(r.age, 33), (r) => r.age > 33, true],
    ['gte()', (r) => gte(r.age, 33), (r) => r.age >= 33, true],
    ['lt()', (r) => lt(r.age, 33), (r) => r.age < 33, true],
    ['lte() with the value first', (r) => lte(33, r.age), (r) => r.age >= 33, true],
    ['gt() of a date', (r) => gt(r.joinedAt, at(20)), (r) => r.joinedAt > at(20), true],
    ['gt() of a text, whose order only a database knows', (r) => gt(r.name, 'Eve'), (r) => r.name > 'Eve', false],
    ['like()', (r) => like(r.name, 'Al%'), (r) => r.name.startsWith('Al'), false],
    ['ilike()', (r) => ilike(r.name, 'diana%'), (r) => r.name.startsWith('DIANA'), false],
    ['like() beside what can be asked', (r) => and(eq(r.age, 18), like(r.name, 'b%')), (r) => r.age === 18 && r.name.startsWith('b'), false],
    ['or() with a like()', (r) => or(eq(r.age, 77), like(r.name, 'b%')), (r) => r.age === 77 || r.name.startsWith('b'), false],
    ['inArray()', (r) => inArray(r.age, [18, 77]), (r) => [18, 77].includes(r.age), true],
    ['inArray() of nothing', (r) => inArray(r.id, []), () => false, true],
    ['inArray() of more than a subscription takes', (r) => inArray(r.id, [...stage.ids.slice(0, 20), ...Array.from({ length: 60 }, () => crypto.randomUUID())]), (r) => stage.ids.indexOf(r.id) < 20, true],
    ['not(inArray())', (r) => not(inArray(r.age, [18, 77])), (r) => ![18, 77].includes(r.age), true],
    ['and()', (r) => and(gt(r.age, 20), eq(r.isActive, true)), (r) => r.age > 20 && r.isActive, true],
    ['and() that nothing fulfils', (r) => and(eq(r.age, 18), eq(r.age, 77)), () => false, true],
    ['or()', (r) => or(eq(r.age, 18), isNull(r.email)), (r) => r.age === 18 || r.email === null, true],
    ['not() of both', (r) => not(or(lt(r.age, 30), and(eq(r.isActive, false), gt(r.age, 40)))), (r) => r.age >= 30 && (r.isActive || r.age <= 40), true]
  ] // prettier-ignore

  for (const [name, condition, isMeant, isExact] of PREDICATES)
    it(`find ${name}${isExact ? '' : ', for which more is loaded'}`, async () => {
      const collection = stage.collection()
      const found = await stage.where(collection, condition)
      const expected = stage.all.filter(isMeant).map((reader) => reader.name)
      assert.deepEqual(names(found).sort(), expected.sort())
      if (isExact) assert.equal(collection.size, expected.length)
      else assert.ok(collection.size > expected.length)
    })
})
