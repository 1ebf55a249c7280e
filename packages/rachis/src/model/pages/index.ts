import { badQuery, pick } from '../query-parameter'
import type { Raw } from '../query-parameter'
import { BY_NUMBER } from './by-number'
import { BY_OFFSET } from './by-offset'
import type { PageForm, PageLimits, PageParameter, PageRange } from './page-form'

export { BY_OFFSET } from './by-offset'
export { listAddress } from './list-address'
export type { ListAddress } from './list-address'
export type * from './page-form'

const FORMS = [BY_OFFSET, BY_NUMBER] as const

/** Every form that the pages of a list have. A query that asks for none of them is answered by the first. */
export const PAGE_FORMS: readonly PageForm[] = FORMS

type Addressed = Extract<(typeof FORMS)[number], { address: object }>
/** The last segments of the addresses that forms have of their own. */
export type PagePath = Addressed['address']['path']

const isAddressed = (form: (typeof FORMS)[number]): form is Addressed => form.address !== undefined
/** The addresses that forms have of their own, beside that of the list. */
export const PAGE_ADDRESSES: readonly Addressed['address'][] = FORMS.filter(isAddressed).map(
  ({ address }) => address
)

/** The form of an address of its own; undefined where the address ends with something else. */
export const pageFormAt = (path: string | undefined): PageForm | undefined =>
  path === undefined ? undefined : PAGE_FORMS.find(({ address }) => address?.path === path)

const parameters: readonly PageParameter[] = PAGE_FORMS.flatMap((form) => form.parameters)

/** The parameters of all forms. */
export const PAGE_PARAMETERS = parameters

const namesOf = ({ name, feathersName }: PageParameter): readonly string[] =>
  feathersName === undefined ? [name] : [feathersName, name]

/** The names of the parameters of all forms in Feathers' spelling. */
export const FEATHERS_PAGE_NAMES = parameters.flatMap(({ feathersName }) => feathersName ?? [])

/** `limit and skip`, `page and page_size` */
const wordsOf = (form: PageForm) => form.parameters.map(({ name }) => name).join(' and ')

/** What to ask by in place of a parameter that no form has: `Page by limit and skip, or by page and page_size`. */
export const PAGE_HINT = `Page by ${PAGE_FORMS.map(wordsOf).join(', or by ')}`

/** Whether a query has a parameter of this form. */
export const asksFor = (form: PageForm, query: Raw): boolean =>
  form.parameters.some((parameter) => namesOf(parameter).some((name) => query[name] !== undefined))

/** The form that a query asks for. */
export const pageFormOf = (query: Raw): PageForm =>
  PAGE_FORMS.find((form) => asksFor(form, query)) ?? BY_OFFSET

const givenTo = (form: PageForm, query: Raw) =>
  Object.fromEntries(form.parameters.map((parameter) => [parameter.name, pick(query, ...namesOf(parameter))]))

/**
 * The records that a query asks for, in whichever form.
 *
 * @example readPage({ page: '3', page_size: '10' }, { default: 50, max: 100 }) // { limit: 10, skip: 20, page: 3 }
 * @throws {ApiError} BAD_QUERY when the query asks for two forms, or by both spellings of one parameter
 * @throws {ApiError} VALIDATION_ERROR when a value is not one that its parameter takes
 */
export const readPage = (query: Raw, limits: PageLimits): PageRange => {
  const given = PAGE_FORMS.map((form) => [form, givenTo(form, query)] as const)
  const asked = given.filter(([form]) => asksFor(form, query)).reverse()
  const [[form, values] = given[0]!, other] = asked
  if (other)
    throw badQuery(
      form.parameters[0]!.name,
      `Ask by ${wordsOf(form)} or by ${wordsOf(other[0])}, not by both`
    )

  return form.read(values, limits)
}

/**
 * The total of a list as far as the records of one page show it: a page that is not full is the last one.
 *
 * @param count of the records of the page
 * @returns undefined where the records have to be counted
 */
export const totalSeen = (count: number, { limit, skip }: PageRange): number | undefined =>
  count < limit && (count > 0 || skip === 0) ? skip + count : undefined
