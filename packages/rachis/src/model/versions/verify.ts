import { DeclarationError } from '../../declare/verify'
import type { Problem } from '../../declare/verify'
import type { Model } from '../model'
import type { ApiVersions, DeclaredVersions } from './api-versions'
import { apiVersions } from './api-versions'
import type { OldFieldInfo, VersionStep } from './steps'

const problem = ({ name }: Model, path: string, what: string, hint: string): Problem => ({
  resource: name,
  path,
  message: `${name}: ${what}`,
  hint
})

/** The fields that a resource has in the version of a step, of those that it has in the next one. */
const namesIn = ({ fields, hidden }: VersionStep, next: readonly string[]): string[] => [
  ...next.filter((name) => !hidden.includes(name)),
  ...fields.map(({ name }) => name)
]

const problemsOfField = (
  model: Model,
  at: string,
  field: OldFieldInfo,
  next: readonly string[]
): Problem[] => {
  const path = `${at}.fields.${field.name}`
  const missing = field.from.filter((name) => !next.includes(name))
  const isLossy = field.from.length > 1 && !(field.answer && field.request && field.schema)

  return [
    ...missing.map(
      (name) =>
      problem(model, path, `${path}.from names ${name}, which the next version does not have`, `write one of ${next.join(', ')}`) // prettier-ignore
    ),
    ...(isLossy
      ? [problem(model, path, `${path} is made from several fields`, 'write schema, answer and request as well')] // prettier-ignore
      : [])
  ]
}

const problemsOfStep = (
  model: Model,
  step: VersionStep,
  next: readonly string[],
  current: number
): Problem[] => {
  const at = `versions.${step.version}`
  const known = new Set(next)
  const taken = step.fields.filter(({ name }) => known.has(name) && !step.hidden.includes(name) && !step.fields.some(({ from }) => from.includes(name))) // prettier-ignore
  const unknown = step.hidden.filter((name) => !known.has(name))
  const isOlder = Number.isInteger(step.version) && step.version >= 1 && step.version < current

  return [
    ...(isOlder
      ? []
      : [problem(model, at, `${at} is no older version of the API`, `the present one is ${current}: say so by createApp({ versions: { current } })`)]), // prettier-ignore
    ...step.fields.flatMap((field) => problemsOfField(model, at, field, next)),
    ...taken.map(({ name }) => problem(model, at, `${at} has a field ${name}, which the next version has as well`, `name it in its from, or in without`)), // prettier-ignore
    ...unknown.map((name) => problem(model, at, `${at}.without names ${name}, which is no field`, `write one of ${next.join(', ')}`)) // prettier-ignore
  ]
}

const problemsOf = (model: Model, current: number): Problem[] => {
  let next: string[] = [...model.visible]
  const problems: Problem[] = []
  for (const step of (model.versions ?? []).toReversed()) {
    problems.push(...problemsOfStep(model, step, next, current))
    next = namesIn(step, next)
  }

  return problems
}

/**
 * The versions of an application, with what its declarations say of older ones.
 *
 * @throws {DeclarationError} where a declaration names a version or a field that there is not
 * @throws Error for a version or a time that is none
 */
export const versionsOf = (declared: DeclaredVersions | undefined, models: readonly Model[]): ApiVersions => {
  const versions = apiVersions(declared)
  const problems = models.flatMap((model) => problemsOf(model, versions.current))
  if (problems.length > 0) throw new DeclarationError(problems)

  return versions
}
