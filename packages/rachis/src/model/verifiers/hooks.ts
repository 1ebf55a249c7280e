import type { Problem } from '../../declare/verifiers/shared/problem'
import { instead, problem, shown } from '../../declare/verifiers/shared/problem'
import type { Model } from '../model'
import { methodsOf } from './operation-lists'
import { isObject } from '../../util/is-object'

const KINDS = ['around', 'before', 'after', 'error']

type At = (path: string, what: string, hint: string) => Problem[]

/** The hooks of one operation: a function, or a list of them. Feathers calls whatever stands there, at the first call that needs it. */
const functions = (path: string, given: unknown, at: At): Problem[] => {
  if (given === undefined || typeof given === 'function') return []
  if (!Array.isArray(given))
    return at(path, `${path} is ${shown(given)}, not a function`, 'write a list of functions')

  return Array.from(given, (hook: unknown, index) =>
    typeof hook === 'function'
      ? []
      : at(`${path}[${index}]`, `${path}[${index}] is ${shown(hook)}, not a function`, 'write a function')
  ).flat()
}

/** Feathers takes a hook of any name, and never runs one of a method that is not there, such as a check that relies on it. */
export const hooks = (model: Model): Problem[] => {
  const { hooks: declared } = model as { hooks?: unknown }
  if (declared === undefined) return []
  const at: At = (path, what, hint) => [problem(model, path, what, hint)]
  if (Array.isArray(declared)) return functions('hooks', declared, at)
  if (!isObject(declared))
    return at('hooks', `hooks is ${shown(declared)}`, 'write hooks: { before: { create: [ … ] } }')
  // `{ create: [ … ] }` of functions that take `next` is Feathers' short form of `around`.
  const isShort = !KINDS.some((kind) => kind in declared)
  const groups = isShort ? [['hooks', declared] as const] : Object.entries(declared)
  const known = ['all', ...methodsOf(model)]
  const meant = isShort ? [...KINDS, ...known] : known

  return groups.flatMap(([kind, methods]) => {
    if (!isShort && !KINDS.includes(kind))
      return at(`hooks.${kind}`, `hooks has ${kind}`, instead(kind, KINDS))
    const path = isShort ? 'hooks' : `hooks.${kind}`
    if (!isObject(methods)) return functions(path, methods, at)

    return Object.entries(methods).flatMap(([name, given]) =>
      known.includes(name)
        ? functions(`${path}.${name}`, given, at)
        : at(`${path}.${name}`, `${path} names ${name}, which is not an operation`, instead(name, meant))
    )
  })
}
