import type { AnyResource } from '../any-resource'
import type { FieldInfo } from '../field-info'
import type { Context, Problem } from './shared/problem'
import { problem } from './shared/problem'

const hasDefault = ({ default: value }: FieldInfo) => value !== undefined && value !== null

const contradictions = (field: FieldInfo): string[] => [
  ...(hasDefault(field) ? ['a default'] : []),
  ...(field.owner ? ['the owner'] : []),
  ...(field.references && !field.owner ? ['a reference'] : []),
  ...(field.state ? ['a state'] : []),
  ...(field.hash ? ['a hash'] : [])
]

/** The database alone fills in a computed column; PostgreSQL refuses a second source of its values. */
export const computed = (resource: AnyResource, { fields }: Context): Problem[] =>
  [...fields.values()]
    .filter((field) => field.computed !== undefined)
    .flatMap((field) => {
      const { name } = field
      const empty =
        field.computed!.trim() === ''
          ? [
              problem(
                resource,
                `fields.${name}`,
                `${name} is computed from nothing`,
                `write the SQL of ${name}`
              )
            ]
          : []
      const both = contradictions(field).map((other) =>
        problem(
          resource,
          `fields.${name}`,
          `${name} is computed and ${other} as well`,
          `take computed(…) or ${other} off ${name}`
        )
      )

      return [...empty, ...both]
    })
