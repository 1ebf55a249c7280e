import type { AnyResource } from '../any-resource'
import type { FieldInfo } from '../field-info'
import { wordsOf } from '../sql'
import type { Context, Finding, Problem } from './shared/problem'
import { problem } from './shared/problem'

const hasDefault = ({ default: value }: FieldInfo) => value !== undefined && value !== null

const contradictions = (field: FieldInfo): string[] => [
  ...(hasDefault(field) ? ['a default'] : []),
  ...(field.owner ? ['the owner'] : []),
  ...(field.references && !field.owner ? ['a reference'] : []),
  ...(field.state ? ['a state'] : []),
  ...(field.hash ? ['a hash'] : [])
]

/** What is computed from a column tells of it. */
const leaks = (field: FieldInfo, { fields }: Context): Finding[] =>
  wordsOf(field.computed!)
    .map((word) => fields.get(word))
    .filter((from): from is FieldInfo => from !== undefined && !field.hidden)
    .flatMap((from) => {
      const what = `${field.name} is computed from ${from.name}, which not every reader may read`
      if (from.hidden) return [{ what, mend: `leave ${from.name} out of its SQL` }]
      const isSame = JSON.stringify(field.read) === JSON.stringify(from.read)

      return from.read === true || isSame
        ? []
        : [{ what, mend: `give ${field.name} the read rule of ${from.name} in access.fields` }]
    })

/** The database alone fills in a computed column; PostgreSQL refuses a second source of its values. */
export const computed = (resource: AnyResource, context: Context): Problem[] =>
  [...context.fields.values()]
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

      const told = leaks(field, context).map(({ what, mend }) =>
        problem(resource, `fields.${name}`, what, mend)
      )

      return [...empty, ...both, ...told]
    })
