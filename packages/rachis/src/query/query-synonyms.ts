import { OPERATOR_NAMES, OPERATORS } from '../declare/operators'
import { PAGE_PARAMETERS } from '../model/pages'
import { similar } from '../util/similar'

/** A name of this grammar with a query that shows its use. */
type Use = readonly [name: string, example: string]

const USES: Readonly<Record<string, Use>> = {
  ...Object.fromEntries(PAGE_PARAMETERS.map(({ name, example }) => [name, [name, example] as const])),
  sort: ['sort', 'sort=-created_at'],
  search: ['search', 'search=red shoe'],
  fields: ['fields', 'fields=id,name'],
  include: ['include', 'include=items'],
  filter: ['filter', 'status=open']
}

/** What other APIs call the parameters, without their underscores, dashes and dollars. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(PAGE_PARAMETERS.map(({ name, synonyms }) => [name, synonyms])),
  sort: ['order', 'orderby', 'sortby', 'ordering', 'orderdir', 'sortorder', 'direction'],
  search: ['q', 'query', 'text', 'term', 'keyword', 'keywords', 's'],
  fields: ['select', 'columns', 'attributes', 'only', 'field', 'projection'],
  include: ['expand', 'with', 'embed', 'populate', 'join', 'relations', 'eager'],
  filter: ['where', 'filters', 'conditions']
}
const BY_SYNONYM = new Map(
  Object.entries(SYNONYMS).flatMap(([name, words]) => words.map((word) => [word, name]))
)

/** Equality is written without an operator. */
const OPERATOR_BY_SYNONYM = new Map(
  OPERATOR_NAMES.flatMap((name) =>
    OPERATORS[name].synonyms.map((word) => [word as string, name === '$eq' ? '' : name] as const)
  )
)

const plain = (name: string) => name.toLowerCase().replace(/[-_$ ]/g, '')

const use = (name: string) => {
  const known = USES[name]
  if (!known) return `Did you mean ${name}?`
  const [meant, example] = known
  return name === 'filter'
    ? `Filter by the name of a field: ${example}`
    : `Did you mean ${meant}? For example ${example}`
}

/**
 * What to write in place of a parameter that another API has. `known` are the parameters of this resource.
 *
 * @example parameterHint('per_page', ['page_size']) // 'Did you mean page_size? For example page_size=20'
 */
export const parameterHint = (name: string, known: readonly string[]): string | undefined => {
  const word = plain(name)
  const meant = BY_SYNONYM.get(word) ?? known.find((parameter) => plain(parameter) === word)

  return meant && known.includes(meant) ? use(meant) : undefined
}

/** `$like` on a field that has `$ilike`: the operator of that meaning, if this field takes it. */
const operatorMeant = (operator: string, allowed: readonly string[]): string | undefined => {
  const word = plain(operator)
  const meant = OPERATOR_BY_SYNONYM.get(word) ?? similar(operator, allowed)

  return meant === '' || (meant && allowed.includes(meant)) ? meant : undefined
}

const written = (field: string, operator: string) =>
  operator === '' ? `${field}=…` : `${field}[${operator}]=…`

/**
 * What to write in place of an operator that the field does not take.
 *
 * @example operatorHint('name', '$like', ['$ne', '$ilike']) // 'Did you mean name[$ilike]=…?'
 */
export const operatorHint = (field: string, operator: string, allowed: readonly string[]): string => {
  const meant = operatorMeant(operator, allowed)
  if (meant !== undefined) return `Did you mean ${written(field, meant)}?`

  return allowed.length > 0 ? `Use one of ${allowed.join(', ')}` : `Leave the filter by ${field} out`
}

const SUFFIX = /^(.+?)(?:__?|\.|:)([a-z]+)$/i

/**
 * `price__gte`, `price_gte` and `price.gte` as Django, json-server and PostgREST spell `price[$gte]`.
 *
 * @example suffixHint('price__gte', ['price'], () => ['$gte']) // 'Did you mean price[$gte]=…?'
 */
export const suffixHint = (
  name: string,
  fields: readonly string[],
  operatorsOf: (field: string) => readonly string[]
): string | undefined => {
  const [, field = '', suffix = ''] = (name.length < 100 && SUFFIX.exec(name)) || []
  if (!fields.includes(field)) return undefined
  const meant = operatorMeant(suffix, operatorsOf(field))

  return meant === undefined ? undefined : `Did you mean ${written(field, meant)}?`
}
