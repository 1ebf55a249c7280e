import type { AnyResource } from '../any-resource'
import type { FieldInfo } from '../field-info'
import { wordsOf } from '../sql'
import type { Context, Finding, Problem } from './shared/problem'
import { problem } from './shared/problem'
import { asksForField, misspeltIn } from './shared/sql-fields'

const hasDefault = ({ default: value }: FieldInfo) => value !== undefined && value !== null

const contradictions = (field: FieldInfo): string[] => [
  ...(hasDefault(field) ? ['a default'] : []),
  ...(field.owner ? ['the owner'] : []),
  ...(field.references && !field.owner ? ['a reference'] : []),
  ...(field.state ? ['a state'] : []),
  ...(field.hash ? ['a hash'] : [])
]

/** A value that is computed from a column reveals something of it. */
const leaks = (field: FieldInfo, { fields }: Context): Finding[] =>
  wordsOf(field.computed!)
    .map((word) => fields.get(word))
    .filter((from): from is FieldInfo => from !== undefined && !field.hidden)
    .flatMap((from) => {
      const what = `${field.name} is computed from ${from.name}, which not every reader may read`
      if (from.hidden) return [{ what, hint: `leave ${from.name} out of its SQL` }]
      const isSame = JSON.stringify(field.read) === JSON.stringify(from.read)

      return from.read === true || isSame
        ? []
        : [{ what, hint: `give ${field.name} the read rule of ${from.name} in access.fields` }]
    })

/** The SQL itself is for PostgreSQL to judge; which fields it is made from, and whether they exist, is known before. */
const sqlFinding = ({ name, computed: sql = '' }: FieldInfo, context: Context): Finding | undefined => {
  if (sql.trim() === '') return { what: `${name} is computed from nothing`, hint: `write the SQL of ${name}` }
  const wrong = misspeltIn(sql, context)
  if (wrong)
    return {
      what: `${name} is computed from ${wrong.word}, which is not a field`,
      hint: `did you mean ${wrong.meant}?`
    }

  return asksForField(sql, context)
    ? undefined
    : { what: `${name} is computed from no field`, hint: `name a field in the SQL of ${name}` }
}

const findings = (field: FieldInfo, context: Context): Finding[] => [
  ...[sqlFinding(field, context)].filter((finding) => finding !== undefined),
  ...contradictions(field).map((other) => ({
    what: `${field.name} is computed and ${other} as well`,
    hint: `take computed(…) or ${other} off ${field.name}`
  })),
  ...leaks(field, context)
]

/** The database alone fills in a computed column; PostgreSQL refuses a second source of its values. */
export const computed = (resource: AnyResource, context: Context): Problem[] =>
  [...context.fields.values()]
    .filter((field) => field.computed !== undefined)
    .flatMap((field) =>
      findings(field, context).map(({ what, hint }) => problem(resource, `fields.${field.name}`, what, hint))
    )
