import type { Model } from '../model/model'
import { pick, badQuery, invalidValue } from './query-scope'
import type { Raw } from './query-scope'

export interface PageQuery {
  readonly limit: number
  readonly skip: number
  /** Set where the client asked by page: it is answered by page too. */
  readonly page?: number
}

const natural = (name: string, value: unknown, minimum: number): number => {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < minimum) {
    throw invalidValue({
      field: name,
      message: `must be a whole number >= ${minimum}`,
      rule: 'minimum',
      expected: minimum,
      provided: typeof value === 'object' ? undefined : value
    })
  }

  return number
}

/** A limit above the maximum is cut to it, as Feathers clients expect; the answer says which limit held. */
export const parsePage = (raw: Raw, { page: limits }: Model): PageQuery => {
  const [limit, skip] = [pick(raw, '$limit', 'limit'), pick(raw, '$skip', 'skip')]
  const { page, page_size } = raw
  if (page === undefined && page_size === undefined) {
    return {
      limit: limit === undefined ? limits.default : Math.min(natural('limit', limit, 0), limits.max),
      skip: skip === undefined ? 0 : natural('skip', skip, 0)
    }
  }
  if (limit !== undefined || skip !== undefined)
    throw badQuery('page', 'Ask by page and page_size or by limit and skip, not by both')
  const size =
    page_size === undefined ? limits.default : Math.min(natural('page_size', page_size, 1), limits.max)
  const number = page === undefined ? 1 : natural('page', page, 1)

  return { limit: size, skip: Math.min((number - 1) * size, Number.MAX_SAFE_INTEGER), page: number }
}
