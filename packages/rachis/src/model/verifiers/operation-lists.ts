import type { AnyResource } from '../../declare'
import type { Problem } from '../../declare/verifiers/shared/problem'
import { instead, problem, shown } from '../../declare/verifiers/shared/problem'
import type { Model } from '../model'
import type { Operation } from '../operation'
import { STANDARD_NAMES } from '../standard-operations'

/** The methods that its service has: Feathers' own, also those that no rule offers to clients, and one for each operation of another name. */
export const methodsOf = ({ source, operations }: Model): string[] => [
  ...new Set([...(source === undefined ? [] : STANDARD_NAMES), ...operations.map(({ name }) => name)])
]

/** A list of names that a declaration gives under this key; none where it gives no list. */
const listIn = (declaration: AnyResource, key: 'interactive_only' | 'signed_links'): readonly unknown[] => {
  const given: unknown = declaration.spec[key]
  return Array.isArray(given) ? given : []
}

/** A name that is wrong would leave to API keys what was to be kept from them. */
export const interactiveOnly = (model: Model, declaration: AnyResource): Problem[] => {
  const known = methodsOf(model)

  return listIn(declaration, 'interactive_only')
    .filter((name) => !known.includes(name as string))
    .map((name) => {
      const what = `interactive_only names ${shown(name)}, which is not an operation`
      return problem(model, 'interactive_only', what, instead(String(name), known))
    })
}

/** A rate of an operation that is not there would limit nothing. */
export const operationRates = (model: Model, declaration: AnyResource): Problem[] => {
  const known = methodsOf(model)

  return Object.keys(declaration.spec.limits?.rate?.operations ?? {})
    .filter((name) => !known.includes(name))
    .map((name) => {
      const what = `limits.rate.operations names ${shown(name)}, which is not an operation`
      return problem(model, 'limits.rate.operations', what, instead(name, known))
    })
}

/** What a link says of itself: a parameter of this name would be taken for it. */
const OF_LINKS = ['user', 'expires', 'signature']

/** The parameters that an operation has of its own: properties of its input, or fields that its list is filtered by. */
const parametersOf = ({ fields }: Model, { data, answers, groups, input }: Operation): string[] => [
  ...(data === 'input' ? Object.keys((input.properties ?? {}) as object) : []),
  ...(groups || (data !== 'input' && answers === 'page') ? fields.keys() : [])
]

/** A link reads and never writes, and its own parameters stand beside those of the operation. */
export const signedLinks = (model: Model, declaration: AnyResource): Problem[] => {
  const named = listIn(declaration, 'signed_links')
  const reads = model.operations.filter(({ effect }) => effect === 'read')
  const known = reads.map(({ name }) => name)
  const at = (what: string, hint: string) => problem(model, 'signed_links', what, hint)
  const unknown = named.filter((name) => !known.includes(name as string))
  const taken = reads
    .filter(({ name }) => named.includes(name))
    .flatMap((operation) =>
      parametersOf(model, operation)
        .filter((parameter) => OF_LINKS.includes(parameter))
        .map((parameter) => [operation.name, parameter] as const)
    )

  return [
    ...unknown.map((name) =>
      at(`signed_links names ${shown(name)}, which is not a read`, instead(String(name), known))
    ),
    ...taken.map(([name, parameter]) =>
      at(
        `${name} has a parameter ${parameter}, which a link has as well`,
        `call it something else, or take ${name} out of links`
      )
    )
  ]
}
