import { validationError } from '../../errors/errors'
import type { Counting, PageParameter } from './page-form'

/** So many records an estimate counts one by one; more are estimated. */
export const COUNTED = 10_000

const COUNTINGS: readonly Counting[] = ['none', 'estimated', 'exact']

/** How the records are counted: a parameter of every form. */
export const COUNT: PageParameter = {
  name: 'count',
  feathersName: '$count',
  schema: { type: 'string', enum: COUNTINGS, examples: ['exact'] },
  schemaName: 'Counting',
  example: 'count=none',
  synonyms: ['counting', 'total', 'withcount', 'includecount'],
  description: () =>
    `How all records are counted: \`exact\`, \`estimated\` (exact up to ${COUNTED}, of more roughly) or \`none\`.`
}

/**
 * How the records are to be counted, as a part of what a query asks for.
 *
 * @example readCount('none') // { count: 'none' }
 * @throws {ApiError} VALIDATION_ERROR for any other value
 */
export const readCount = (value: unknown): { readonly count?: Counting } => {
  if (value === undefined) return {}
  const count = COUNTINGS.find((one) => one === value)
  if (count) return { count }
  const message = `must be one of ${COUNTINGS.join(', ')}`
  throw validationError([{ field: 'count', message, rule: 'enum', expected: COUNTINGS }])
}

/** Under the plain addresses of lists the document leaves out how not to count, since their answers have a total. */
export const COUNTED_ALWAYS: PageParameter = {
  ...COUNT,
  schema: { type: 'string', enum: COUNTINGS.filter((counting) => counting !== 'none'), examples: ['exact'] },
  schemaName: 'TotalCounting',
  description: (limits) => `${COUNT.description(limits)} Without a count the answer has no total.`
}
