import { Type } from '@feathersjs/typebox'
import { strictObject } from '../../declare'
import { wholeNumber } from '../query-parameter'
import { nonNegativeInteger } from './non-negative-integer'
import type { PageForm, PageParameter } from './page-form'

const PAGE: PageParameter = {
  name: 'page',
  minimum: 1,
  example: 'page=3',
  synonyms: ['pagenumber', 'pageno', 'pagenum', 'pageindex', 'p'],
  description: () => 'The page of this number; the first unless said.'
}
const PAGE_SIZE: PageParameter = {
  name: 'page_size',
  minimum: 1,
  example: 'page_size=20',
  synonyms: ['perpage', 'itemsperpage', 'resultsperpage', 'size'],
  description: ({ default: usual, max }) => `Records of a page; ${usual} unless said, never more than ${max}.`
}
const address = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  description: 'Path and query of that page; null where there is none.'
})

/** `?page=3&page_size=20`, answered with the addresses of the pages around it. */
export const BY_NUMBER = {
  schemaName: 'NumberedPage',
  title: 'By page',
  description: 'With the pages around it.',
  parameters: [PAGE, PAGE_SIZE],
  address: { path: 'pages' as const, summary: 'by page numbers', first: { page: '1' } },
  read: ({ page, page_size: pageSize }, limits) => {
    const limit = Math.min(wholeNumber(PAGE_SIZE, pageSize, limits.default), limits.max)
    const number = wholeNumber(PAGE, page, 1)

    return { limit, skip: Math.min((number - 1) * limit, Number.MAX_SAFE_INTEGER), page: number }
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
  answer: ({ total, limit, data }, { page = 1, addressOf }) => {
    const last = Math.max(1, Math.ceil(total / limit))
    const at = (number: number) => (number >= 1 && number <= last ? addressOf({ page: number }) : null)

    return { count: total, next: at(page + 1), previous: at(page - 1), results: data }
  }
} satisfies PageForm
