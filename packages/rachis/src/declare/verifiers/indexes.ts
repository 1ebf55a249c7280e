import type { AnyResource } from '../any-resource'
import { isIndexable } from './shared/bytes'
import type { Context, Problem } from './shared/problem'
import { instead, problem, repeated } from './shared/problem'

/** One index or unique list, with where it stands. */
interface Listed {
  readonly path: string
  readonly columns: readonly string[]
}

const listedOf = ({ spec }: AnyResource): Listed[] => [
  ...(spec.unique ?? []).map((columns, index) => ({ path: `unique[${index}]`, columns })),
  ...(spec.indexes ?? []).map((columns, index) => ({
    path: `indexes[${index}]`,
    columns: [columns].flat() as string[]
  }))
]

const columnProblems = (resource: AnyResource, { path, columns }: Listed, { fields }: Context): Problem[] =>
  columns.flatMap((name) => {
    const field = fields.get(name)
    if (!field)
      return [
        problem(resource, path, `${path} names ${name}, which is not a field`, instead(name, fields.keys()))
      ]
    if (isIndexable(field)) return []

    return [
      problem(
        resource,
        path,
        `${path} names ${name}, a ${field.type}, which a btree cannot find by its parts`,
        `take ${name} out of ${path}`
      )
    ]
  })

const listProblems = (resource: AnyResource, { path, columns }: Listed): Problem[] => [
  ...(columns.length === 0
    ? [problem(resource, path, `${path} names no column`, `name a field in ${path}, or leave it out`)]
    : []),
  ...repeated(columns).map((name) =>
    problem(resource, path, `${path} names ${name} twice`, `name ${name} once`)
  )
]

/** The indexes that are there without being listed. */
const givenOf = ({ fields }: Context): Listed[] => [
  { path: 'the primary key', columns: ['id'] },
  ...[...fields.values()]
    .filter(({ unique }) => unique)
    .map(({ name }) => ({ path: `fields.${name}`, columns: [name] }))
]

const sameProblems = (resource: AnyResource, listed: readonly Listed[], context: Context): Problem[] => {
  const first = new Map(givenOf(context).map(({ path, columns }) => [columns.join(), path]))

  return listed.flatMap(({ path, columns }) => {
    const known = first.get(columns.join())
    if (known === undefined) first.set(columns.join(), path)
    return known === undefined
      ? []
      : [
          problem(
            resource,
            path,
            `${path} indexes ${columns.join(', ')}, as ${known} does`,
            `leave ${path} out`
          )
        ]
  })
}

const jsonProblems = (resource: AnyResource, { fields }: Context): Problem[] =>
  [...fields.values()]
    .filter((field) => field.unique && !isIndexable(field))
    .map(({ name, type }) =>
      problem(resource, `fields.${name}`, `${name} is unique and a ${type}`, `take unique(…) off ${name}`)
    )

/** Indexes and unique lists name columns that an index can hold, each list once: the second would have the first one's name. */
export const indexes = (resource: AnyResource, context: Context): Problem[] => {
  const listed = listedOf(resource)

  return [
    ...jsonProblems(resource, context),
    ...listed.flatMap((list) => [
      ...listProblems(resource, list),
      ...columnProblems(resource, list, context)
    ]),
    ...sameProblems(resource, listed, context)
  ]
}
