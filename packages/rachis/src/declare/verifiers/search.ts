import type { AnyResource } from '../any-resource'
import { typeInfo } from '../column-types'
import type { Context, Finding, Problem } from './shared/problem'
import { instead, problem, repeated } from './shared/problem'

const columnFinding = (name: string, { fields }: Context): Finding | undefined => {
  const field = fields.get(name)
  const texts = [...fields.values()]
    .filter(({ type, hidden }) => typeInfo(type).isText && !hidden)
    .map((text) => text.name)
  if (!field) return { what: `search names ${name}, which is not a field`, hint: instead(name, texts) }

  return typeInfo(field.type).isText
    ? undefined
    : { what: `search names ${name}, a ${field.type}`, hint: `take ${name} out: search reads texts` }
}

/** A search reads texts, of which each reader searches those that they may read. */
export const search = (resource: AnyResource, context: Context): Problem[] => {
  const columns = resource.spec.search ?? []
  const isEmpty = resource.spec.search?.length === 0

  return [
    ...(isEmpty
      ? [
          problem(
            resource,
            'search',
            'search names no column',
            'name a text field in search, or leave search out'
          )
        ]
      : []),
    ...repeated(columns).map((name) =>
      problem(resource, 'search', `search names ${name} twice`, `name ${name} once`)
    ),
    ...columns.flatMap((name, index) => {
      const finding = columnFinding(name, context)
      return finding ? [problem(resource, `search[${index}]`, finding.what, finding.hint)] : []
    })
  ]
}
