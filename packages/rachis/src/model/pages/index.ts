import { badQuery, pick } from '../query-parameter'
import type { Raw } from '../query-parameter'
import { BY_CURSOR } from './by-cursor'
import { BY_NUMBER } from './by-number'
import { BY_OFFSET } from './by-offset'
import type { PageForm, PageLimits, PageParameter, PageRange } from './page-form'

export { invalidCursor, MAX_CURSOR } from './by-cursor'
export { BY_OFFSET } from './by-offset'
export { COUNT, COUNTED } from './count'
export { listAddress } from './list-address'
export { linkHeader } from './link-header'
export type { ListAddress } from './list-address'
export type * from './page-form'

const FORMS = [BY_OFFSET, BY_NUMBER, BY_CURSOR] as const

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

/** The parameters that a form takes, those that it shares with others included. */
export const parametersOf = ({ parameters, also }: PageForm): readonly PageParameter[] => [
  ...parameters,
  ...also
]

const parameters: readonly PageParameter[] = PAGE_FORMS.flatMap(parametersOf).filter(
  ({ name }, index, all) => all.findIndex((one) => one.name === name) === index
)

/** The parameters of all forms, each once. */
export const PAGE_PARAMETERS = parameters

const namesOf = ({ name, feathersName }: PageParameter): readonly string[] =>
  feathersName === undefined ? [name] : [feathersName, name]

/** The names of the parameters of all forms in Feathers' spelling. */
export const FEATHERS_PAGE_NAMES = parameters.flatMap(({ feathersName }) => feathersName ?? [])

/** `limit and skip`, `cursor, after and before` */
const wordsOf = ({ parameters: own }: PageForm) => {
  const names = own.map(({ name }) => name)
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

const isGiven = (query: Raw) => (parameter: PageParameter) =>
  namesOf(parameter).some((name) => query[name] !== undefined)

/** Whether a query has a parameter of this form. */
export const asksFor = (form: PageForm, query: Raw): boolean => form.parameters.some(isGiven(query))

/** Whether all that the query says of one form is what the other takes as well: `limit` of pages by cursor. */
const isCovered = (form: PageForm, other: PageForm, query: Raw): boolean =>
  form.parameters.filter(isGiven(query)).every(({ name }) => other.also.some((one) => one.name === name))

/** The forms that a query asks for: more than one where it contradicts itself. */
const formsAsked = (query: Raw): PageForm[] => {
  const asked = PAGE_FORMS.filter((form) => asksFor(form, query))
  return asked.filter((form) => !asked.some((other) => other !== form && isCovered(form, other, query)))
}

/** The form that a query asks for. */
export const pageFormOf = (query: Raw): PageForm => formsAsked(query)[0] ?? BY_OFFSET

const givenTo = (form: PageForm, query: Raw) =>
  Object.fromEntries(parametersOf(form).map((parameter) => [parameter.name, pick(query, ...namesOf(parameter))])) // prettier-ignore

/**
 * The records that a query asks for, in whichever form.
 *
 * @example readPage({ page: '3', page_size: '10' }, { default: 50, max: 100 }) // { limit: 10, skip: 20, page: 3 }
 * @throws {ApiError} BAD_QUERY when the query asks for two forms, or by both spellings of one parameter
 * @throws {ApiError} VALIDATION_ERROR when a value is not one that its parameter takes
 */
export const readPage = (query: Raw, limits: PageLimits): PageRange => {
  const given = PAGE_FORMS.map((form) => [form, givenTo(form, query)] as const)
  const [form = BY_OFFSET, other] = formsAsked(query).reverse()
  if (other)
    throw badQuery(
      form.parameters[0]!.name,
      `Ask by ${wordsOf(form)} or by ${wordsOf(other)}, not by both`,
      `Leave ${wordsOf(form)} out, or ${wordsOf(other)}`
    )

  return form.read(given.find(([one]) => one === form)![1], limits)
}

/**
 * The total of a list as far as the records of one page show it: a page that is not full is the last one.
 *
 * @param count of the records of the page
 * @returns undefined where the records have to be counted
 */
export const totalSeen = (
  count: number,
  { limit, skip }: Pick<PageRange, 'limit' | 'skip'>
): number | undefined => (count < limit && (count > 0 || skip === 0) ? skip + count : undefined)
