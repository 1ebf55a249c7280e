import type { AnyResource } from './any-resource'
import { fieldsOf } from './field-info'
import { accessFields } from './verifiers/access-fields'
import { audited } from './verifiers/audited'
import { bulk } from './verifiers/bulk'
import { caching } from './verifiers/caching'
import { callers } from './verifiers/callers'
import { checks } from './verifiers/checks'
import { computed } from './verifiers/computed'
import { creation } from './verifiers/creation'
import { defaults } from './verifiers/defaults'
import { examples } from './verifiers/examples'
import { fieldTypes } from './verifiers/field-types'
import { formerNames } from './verifiers/former-names'
import { indexSize } from './verifiers/index-size'
import { indexes } from './verifiers/indexes'
import { interactiveOnly } from './verifiers/interactive-only'
import { inputs } from './verifiers/inputs'
import { retention } from './verifiers/retention'
import { large } from './verifiers/large'
import { signedLinks } from './verifiers/signed-links'
import { limits } from './verifiers/limits'
import { members } from './verifiers/members'
import { names } from './verifiers/names'
import { owner } from './verifiers/owner'
import { rates } from './verifiers/rates'
import { references } from './verifiers/references'
import { relations } from './verifiers/relations'
import { rules } from './verifiers/rules'
import { search } from './verifiers/search'
import { shape } from './verifiers/shape'
import type { Context, Problem, Verifier } from './verifiers/shared/problem'
import { placeOfKey } from './places'
import { softDelete } from './verifiers/soft-delete'
import { source } from './verifiers/source'
import { states } from './verifiers/states'
import { tableFalse } from './verifiers/table-false'
import { uniqueResources } from './verifiers/unique-resources'
import { writeOnly } from './verifiers/write-only'

export type { Problem }

const VERIFIERS: readonly Verifier[] = [
  names, formerNames, fieldTypes, computed, defaults, examples, writeOnly, references, owner, relations, indexes, indexSize, checks, search, accessFields, rules, callers,
  states, creation, inputs, softDelete, tableFalse, source, large, limits, rates, caching, retention, audited, bulk, members, interactiveOnly, signedLinks
] // prettier-ignore

const listed = ({ path, message, hint }: Problem) => `- ${message} (${path})\n  ${hint}`

/**
 * The same list with the places in the sources, for the terminal of whoever wrote the declarations.
 *
 * @returns the lines of each problem: what is wrong, what to do, and where
 */
export const problemLines = (problems: readonly Problem[]): string =>
  problems
    .map((problem) => [listed(problem), placeOfKey(problem.resource, problem.path)])
    .map(([text, place]) => (place ? `${text}\n  at ${place}` : text))
    .join('\n')

/** The start stops with all that is wrong, so that one start is enough to see it. */
export class DeclarationError extends Error {
  override readonly name = 'DeclarationError'

  /** Not shown a second time where the error is printed as it is. */
  declare readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
    super(`The declarations have ${count}:\n${problems.map(listed).join('\n')}`)
    Object.defineProperty(this, 'problems', { value: problems })
    // Where in the verifiers it was found helps nobody.
    this.stack = `${this.name}: ${this.message}`
  }
}

type Shared = Omit<Context, 'fields'>

const contextOf = (resource: AnyResource, shared: Shared): Context => ({
  ...shared,
  fields: new Map(fieldsOf(resource).map((field) => [field.name, field]))
})

const problemsOf = (resource: AnyResource, shared: Shared): Problem[] => {
  const context = contextOf(resource, shared)
  return VERIFIERS.flatMap((verifier) => verifier(resource, context))
}

/** @throws {DeclarationError} where there is a problem */
export const assertNoProblems = (problems: readonly Problem[]): void => {
  if (problems.length > 0) throw new DeclarationError(problems)
}

/**
 * What is wrong with declarations as they are written, before names and paths are made from them: `verify` of the models asks for those.
 *
 * @param isAnonymous whether no module says who calls
 * @throws {DeclarationError} where a declaration cannot be read, which would break the other checks, also those of resources that refer
 * to it
 */
export const declarationProblems = (resources: readonly AnyResource[], isAnonymous: boolean): Problem[] => {
  assertNoProblems(resources.flatMap(shape))
  const byName = new Map(resources.map((resource) => [resource.name, resource]))

  const shared = { byName, isAnonymous }

  return [...uniqueResources(resources), ...resources.flatMap((resource) => problemsOf(resource, shared))]
}
