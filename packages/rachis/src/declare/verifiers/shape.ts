import type { AnyResource } from '../any-resource'
import type { Problem } from './shared/problem'
import { problem, shown } from './shared/problem'
import { SPEC } from './shared/spec-shape'
import { isObject } from '../../util/is-object'

const CIRCLE = 'a value of another file is undefined where two files import each other'

/** An item in the list of declarations that is no declaration: only its place in the list can be reported. */
const missing = (value: unknown, index: number): Problem => ({
  resource: '',
  path: `resources[${index}]`,
  message: `resources[${index}] is ${shown(value)}, not a declaration`,
  hint: `write defineResource(…), and list what it answers; ${CIRCLE}`
})

const isDeclaration = (value: unknown) =>
  isObject(value) && typeof value.name === 'string' && isObject(value.spec)

/** Without the right shape nothing else of a declaration could be read, so it is checked before all other rules. */
export const shape = (resource: AnyResource, index: number): Problem[] => {
  if (!isDeclaration(resource)) return [missing(resource, index)]
  const { fields, access } = resource.spec as { fields?: unknown; access?: unknown }

  return [
    ...(fields === undefined
      ? [problem(resource, 'fields', 'has no fields', 'write fields: { name: text() }')]
      : []),
    ...(access === undefined
      ? [problem(resource, 'access', 'has no access', 'write access: {} for what only the server uses')]
      : []),
    ...SPEC('', resource.spec).map(({ path, what, hint }) => problem(resource, path, what, hint))
  ]
}
