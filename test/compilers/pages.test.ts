import assert from 'node:assert/strict'
import { Type } from '@feathersjs/typebox'
import fc from 'fast-check'
import { parse } from 'qs'
import { formsOf } from '../../packages/rachis/src/model/forms'
import type { PageForm, PageParameter } from '../../packages/rachis/src/model/pages'
import {
  asksFor,
  listAddress,
  PAGE_FORMS,
  pageFormOf,
  readPage,
  totalSeen
} from '../../packages/rachis/src/model/pages'
import { lazyValidator } from '../../packages/rachis/src/model/validator'
import { modelOf, refusal } from './declared'

const LIMITS = { default: 3, max: 5 }
const record = Type.Object({ id: Type.Integer() })

type Query = Readonly<Record<string, unknown>>
const queryIn = (address: string): Query => parse(address.split('?')[1] ?? '')

/** What a list of `total` records answers to a query. */
const answerTo = (query: Query, total: number) => {
  const form = pageFormOf(query)
  const { limit, skip, page } = readPage(query, LIMITS)
  const data = Array.from({ length: total }, (_, index) => ({ id: index + 1 })).slice(skip, skip + limit)
  const addressOf = (changed: object) => listAddress({ path: 'things', query }, changed)

  return { form, data, answer: form.answer({ total, limit, skip, data }, { page, addressOf }) }
}

/** The query of the page behind the one that is asked for. */
const nextOf = (query: Query, total: number): Query =>
  queryIn((answerTo(query, total).answer as { next: string }).next)

const isNumber = ({ schema }: PageParameter) => schema.type === 'integer'

const asked = (form: PageForm): fc.Arbitrary<Query> =>
  form.parameters.every(isNumber)
    ? fc.record(
        Object.fromEntries(
          form.parameters.map(({ name, schema }) => [
            name,
            fc.integer({ min: schema.minimum as number, max: 9 }).map(String)
          ])
        ),
        { requiredKeys: [] }
      )
    : fc.constantFrom(...form.parameters).map(({ name }) => ({ [name]: '' }))

describe('the forms of pages', () => {
  for (const form of PAGE_FORMS) {
    const { title } = form

    it(`${title}: every answer is one of its schema`, () => {
      const problems = lazyValidator(form.schema(record))
      const query = asked(form).map((given) => (asksFor(form, given) ? given : { ...form.address?.first }))
      fc.assert(
        fc.property(query, fc.nat(20), (given, total) => {
          const found = answerTo(given, total)
          assert.equal(found.form, form)
          assert.deepEqual(problems(found.answer), [])
        })
      )
    })

    it(`${title}: any of its parameters asks for it, in both spellings, and no other form`, () => {
      const names = form.parameters.flatMap(({ name, feathersName }) => [name, feathersName ?? name])
      for (const name of names)
        assert.deepEqual(PAGE_FORMS.filter((one) => asksFor(one, { [name]: '1' })), [form]) // prettier-ignore
    })

    it(`${title}: its address of its own asks for it without a parameter`, () => {
      const [find] = modelOf({ access: { read: true } }).operations
      const paths = formsOf(find!).map(({ http }) => http.path)
      assert.equal(pageFormOf(form.address?.first ?? {}), form)
      if (form.address) assert.ok(paths.includes(`/things/${form.address.path}`))
    })
  }

  it('leads from page to page by its addresses, there and back, past every record once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(20), (size, total) => {
        const seen: unknown[] = []
        let query: Query | undefined = { page_size: String(size), 'price[$gt]': '1' }
        while (query) {
          const { answer, data } = answerTo(query, total)
          const { next, previous } = answer as { next: string | null; previous: string | null }
          if (previous) assert.deepEqual(nextOf(queryIn(previous), total).page, query.page)
          seen.push(...data)
          query = next === null ? undefined : queryIn(next)
        }
        assert.deepEqual(
          seen,
          Array.from({ length: total }, (_, index) => ({ id: index + 1 }))
        )
      })
    )
  })

  it('refuses a query that asks for two forms, and one parameter in two spellings first', () => {
    const twoForms = refusal(() => readPage({ page: '1', $limit: '2' }, LIMITS))
    assert.deepEqual(twoForms, {
      code: 'BAD_QUERY',
      field: 'page',
      message: 'Ask by page and page_size or by limit and skip, not by both'
    })
    const another = refusal(() => readPage({ cursor: '', skip: '2' }, LIMITS))
    assert.equal(another.message, 'Ask by cursor, after and before or by limit and skip, not by both')
    const twice = refusal(() => readPage({ page: '1', limit: '2', $limit: '2' }, LIMITS))
    assert.equal(twice.message, '$limit and limit are one parameter: send it once')
  })

  it('takes how many and how they are counted with any form that has them', () => {
    assert.deepEqual(readPage({ cursor: '', $limit: '2', count: 'exact' }, LIMITS), {
      limit: 2,
      skip: 0,
      keyset: { side: 'after', cursor: undefined, isOpen: true },
      count: 'exact'
    })
    assert.deepEqual(readPage({ count: 'none' }, LIMITS), { limit: 3, skip: 0, count: 'none' })
    assert.equal(readPage({ page: '2', $count: 'estimated' }, LIMITS).count, 'estimated')
    assert.equal(refusal(() => readPage({ count: 'all' }, LIMITS)).field, 'count')
  })

  it('shows the total by a page that is not full', () => {
    assert.equal(totalSeen(2, { limit: 3, skip: 6 }), 8)
    assert.equal(totalSeen(0, { limit: 3, skip: 0 }), 0)
    assert.equal(totalSeen(3, { limit: 3, skip: 0 }), undefined)
    assert.equal(totalSeen(0, { limit: 3, skip: 6 }), undefined)
    assert.equal(totalSeen(0, { limit: 0, skip: 0 }), undefined)
  })
})
