import type { AnyResource } from '../any-resource'
import { CRUD, namedOperations } from './shared/operations'
import type { Problem } from './shared/problem'
import { instead, isObject, problem, shown } from './shared/problem'

const KINDS = ['around', 'before', 'after', 'error']

const methodsOf = ({ spec }: AnyResource): string[] => [
  'all',
  ...(spec.table === false ? [] : CRUD),
  ...(spec.soft_delete ? ['restore'] : []),
  ...(spec.audited ? ['history'] : []),
  ...namedOperations(spec)
]

/** Feathers takes a hook of any name, and never runs one of a method that is not there, such as a check that relies on it. */
export const hooks = (resource: AnyResource): Problem[] => {
  const { hooks: declared } = resource.spec as { hooks?: unknown }
  if (declared === undefined || Array.isArray(declared)) return []
  const at = (path: string, what: string, mend: string) => [problem(resource, path, what, mend)]
  if (!isObject(declared))
    return at('hooks', `hooks is ${shown(declared)}`, 'write hooks: { before: { create: [ … ] } }')
  // `{ create: [ … ] }` of functions that take `next` is Feathers' short form of `around`.
  const isShort = !KINDS.some((kind) => kind in declared)
  const groups = isShort ? [['hooks', declared] as const] : Object.entries(declared)
  const known = methodsOf(resource)
  const meant = isShort ? [...KINDS, ...known] : known

  return groups.flatMap(([kind, methods]) => {
    if (!isShort && !KINDS.includes(kind))
      return at(`hooks.${kind}`, `hooks has ${kind}`, instead(kind, KINDS))
    const path = isShort ? 'hooks' : `hooks.${kind}`

    return Object.keys(isObject(methods) ? methods : {})
      .filter((name) => !known.includes(name))
      .flatMap((name) =>
        at(`${path}.${name}`, `${path} names ${name}, which is not an operation`, instead(name, meant))
      )
  })
}
