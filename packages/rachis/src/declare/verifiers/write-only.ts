import type { AnyResource } from '../any-resource'
import type { Context, Problem } from './shared/problem'
import { problem } from './shared/problem'

/** The parts of a declaration that reveal something of a column's values: [path, name]. */
const usesOf = ({ spec }: AnyResource, name: string, isUnique: boolean): [path: string, use: string][] => [
  ...(isUnique ? [[`fields.${name}`, 'unique'] as [string, string]] : []),
  ...(spec.unique ?? []).flatMap((names, i) =>
    names.includes(name) ? [[`unique[${i}]`, 'unique'] as [string, string]] : []
  ),
  ...(spec.indexes ?? []).flatMap((names, i) =>
    [names].flat().includes(name) ? [[`indexes[${i}]`, 'indexed'] as [string, string]] : []
  ),
  ...(spec.search ?? []).flatMap((column, i) =>
    column === name ? [[`search[${i}]`, 'searched'] as [string, string]] : []
  ),
  ...(spec.states?.field === name ? [['states.field', 'the state'] as [string, string]] : []),
  ...Object.entries(spec.relations ?? {}).flatMap(([relation, { one }]) =>
    one === name ? [[`relations.${relation}`, 'followed'] as [string, string]] : []
  )
]

/** Nothing may be learned of a hidden value, neither by a search nor by an error that says that it is already taken. */
export const writeOnly = (resource: AnyResource, { fields }: Context): Problem[] =>
  Object.keys(resource.spec.fields)
    .filter((name) => fields.get(name)!.hidden)
    .flatMap((name) =>
      usesOf(resource, name, fields.get(name)!.unique).map(([path, use]) =>
        problem(
          resource,
          path,
          `${name} is write-only and ${use} as well`,
          `take writeOnly(…) off ${name}, or ${name} out of ${path}`
        )
      )
    )
