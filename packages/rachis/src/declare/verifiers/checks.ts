import type { AnyResource } from '../any-resource'
import type { Context, Finding, Problem } from './shared/problem'
import { problem } from './shared/problem'
import { asksForField, misspeltIn } from './shared/sql-fields'
import { isObject } from '../../util/is-object'

/** The SQL of a check in either form; that of a wrong shape is undefined. */
const sqlOf = (check: unknown): unknown => (isObject(check) ? check.sql : check)

/** A caller who breaks the check would receive an empty sentence. */
const emptyMessage = (check: unknown): boolean =>
  isObject(check) && typeof check.message === 'string' && check.message.trim() === ''

const finding = (name: string, check: unknown, context: Context): Finding | undefined => {
  if (emptyMessage(check))
    return {
      what: `tells nothing by ${name}.message`,
      hint: `write a sentence, or ${name}: '…' with the SQL alone`
    }

  return sqlFinding(name, sqlOf(check), context)
}

const sqlFinding = (name: string, sql: unknown, context: Context): Finding | undefined => {
  if (typeof sql !== 'string' || sql.trim() === '')
    return { what: `checks nothing by ${name}`, hint: `write ${name}: 'one_field <= another_field'` }
  const wrong = misspeltIn(sql, context)
  if (wrong)
    return {
      what: `checks ${wrong.word} by ${name}, which is not a field`,
      hint: `did you mean ${wrong.meant}?`
    }
  if (!asksForField(sql, context))
    return { what: `checks no field by ${name}`, hint: `name a field in ${name}, or leave it out` }
  // The check of a field's own limits has its name.
  if (context.fields.has(name))
    return { what: `has a check called ${name}, as a field is`, hint: `write another name for the check` }

  return undefined
}

/** A check is a condition between fields. That it is SQL is for PostgreSQL to say, when the migration runs. */
export const checks = (resource: AnyResource, context: Context): Problem[] =>
  Object.entries(resource.spec.checks ?? {}).flatMap(([name, check]) => {
    const found = finding(name, check, context)
    return found ? [problem(resource, `checks.${name}`, found.what, found.hint)] : []
  })
