import type { AnyResource } from '../declare'
import { assertNoProblems, declarationProblems } from '../declare/verify'
import type { Problem } from '../declare/verify'
import { lowerAll } from './lower'
import type { Model } from './model'
import { rememberLast } from '../util/remember-last'
import { hooks } from './verifiers/hooks'
import { httpPaths } from './verifiers/http-paths'
import type { LoweredVerifier } from './verifiers/lowered-verifier'
import { methodNames } from './verifiers/method-names'
import { interactiveOnly, operationRates, signedLinks } from './verifiers/operation-lists'
import { resourcePath } from './verifiers/resource-path'
import { uniqueEndpoints } from './verifiers/unique-endpoints'

/** What modules are around the declarations. */
export interface Around {
  /** Paths that they serve besides their own declarations. */
  readonly served?: readonly string[]
  /** Whether none of them says who calls, so that everybody is anonymous. */
  readonly isAnonymous?: boolean
}

const VERIFIERS: readonly LoweredVerifier[] = [
  methodNames, httpPaths, hooks, interactiveOnly, operationRates, signedLinks
] // prettier-ignore

const loweredProblems = (
  models: readonly Model[],
  declarations: readonly AnyResource[],
  served: readonly string[]
): Problem[] => {
  const byName = new Map(declarations.map((declaration) => [declaration.name, declaration]))
  const problemsOf = (model: Model) =>
    VERIFIERS.flatMap((verifier) => verifier(model, byName.get(model.name)!))

  return [
    ...models.flatMap((model) => resourcePath(model, served)),
    ...models.flatMap(problemsOf),
    ...uniqueEndpoints(models)
  ]
}

/**
 * Declarations → models that know each other. What is written is checked on the declarations, the names and paths that follow from it
 * on the models. A declaration with a problem is not lowered; the others are, so that one start shows the problems of all of them.
 *
 * @param around by default modules that say who calls and serve nothing else
 * @example
 * lowerVerified([defineResource('notes', { fields: { body: text() }, access: {}, indexes: ['bdy'] })])
 * // DeclarationError: notes: indexes[0] names bdy, which is not a field (indexes[0])
 * //   did you mean body?
 * @throws {DeclarationError} with all problems of all resources
 */
export const lowerVerified = rememberLast(
  (declarations: readonly AnyResource[], { served = [], isAnonymous = false }: Around): readonly Model[] => {
    const problems = declarationProblems(declarations, isAnonymous)
    const unsound = new Set(problems.map(({ resource }) => resource))
    const models = lowerAll(declarations.filter(({ name }) => !unsound.has(name)))
    assertNoProblems([...problems, ...loweredProblems(models, declarations, served)])

    return Object.freeze(models)
  }
)

/**
 * Checks declarations before anything is derived from them.
 *
 * @param around by default modules that say who calls and serve nothing else
 * @throws {DeclarationError} with all problems of all resources
 */
export const verify = (declarations: readonly AnyResource[], around?: Around): void =>
  void lowerVerified(declarations, around)
