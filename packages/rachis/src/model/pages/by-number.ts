import { Type } from '@feathersjs/typebox'
import { strictObject } from '../../declare'
import { wholeNumber } from '../query-parameter'
import { COUNTED_ALWAYS, readCount } from './count'
import { nonNegativeInteger } from './non-negative-integer'
import type { PageForm, PageParameter, ReadPage } from './page-form'

const PAGE: PageParameter = {
  name: 'page',
  schema: { type: 'integer', minimum: 1 },
  example: 'page=3',
  synonyms: ['pagenumber', 'pageno', 'pagenum', 'pageindex', 'p'],
  description: () => 'The page of this number; the first unless said.'
}
const PAGE_SIZE: PageParameter = {
  name: 'page_size',
  schema: { type: 'integer', minimum: 1 },
  example: 'page_size=20',
  synonyms: ['perpage', 'itemsperpage', 'resultsperpage', 'size'],
  description: ({ default: usual, max }) => `Records of a page; ${usual} unless said, never more than ${max}.`
}
const address = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  description: 'Path and query of that page; null where there is none.'
})

const lastOf = (total: number, limit: number) => Math.max(1, Math.ceil(total / limit))

/** The numbers of the pages around one, as far as there are such pages. */
const around = ({ total = 0, limit, hasMore }: ReadPage, page: number) => {
  const last = lastOf(total, limit)
  const hasPrevious = page > 1 && (hasMore !== undefined || page - 1 <= last)

  return {
    last,
    next: (hasMore ?? page < last) ? page + 1 : undefined,
    previous: hasPrevious ? page - 1 : undefined
  }
}

/** `?page=3&page_size=20`, answered with the addresses of the pages around it. */
export const BY_NUMBER = {
  schemaName: 'NumberedPage',
  title: 'By page',
  description: 'With the pages around it.',
  parameters: [PAGE, PAGE_SIZE],
  also: [COUNTED_ALWAYS],
  address: { path: 'pages' as const, summary: 'by page numbers', first: { page: '1' } },
  read: ({ page, page_size: pageSize, count }, limits) => {
    const limit = Math.min(wholeNumber('page_size', 1, pageSize, limits.default), limits.max)
    const number = wholeNumber('page', 1, page, 1)
    const skip = Math.min((number - 1) * limit, Number.MAX_SAFE_INTEGER)

    return { limit, skip, page: number, ...readCount(count) }
  },
  schema: (record) =>
    strictObject(
      {
        count: nonNegativeInteger,
        next: address,
        previous: address,
        results: Type.Array(record)
      },
      ['count', 'next', 'previous', 'results']
    ),
  answer: (read, { page = 1, addressOf }) => {
    const { next, previous } = around(read, page)
    const at = (number: number | undefined) => (number === undefined ? null : addressOf({ page: number }))
    const { total, data } = read

    return {
      ...(total === undefined ? {} : { count: total }),
      next: at(next),
      previous: at(previous),
      results: data
    }
  },
  links: (read, { page = 1 }) => {
    const { next, previous, last } = around(read, page)

    return {
      ...(next === undefined ? {} : { next: { page: next } }),
      ...(previous === undefined ? {} : { prev: { page: previous } }),
      ...(next === undefined && page === 1 ? {} : { first: { page: 1 } }),
      ...(read.total === undefined || last === 1 ? {} : { last: { page: last } })
    }
  },
  wrapsRecords: true
} satisfies PageForm
