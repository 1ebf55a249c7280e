import { onceFor } from '../../util/once-for'
import type { AnyResource } from '../any-resource'
import type { Context, Finding, Problem } from './shared/problem'
import { nameFinding } from './shared/name'
import { problem } from './shared/problem'

interface Former {
  readonly name: string
  readonly was: string
}

/** A name that is still somebody's cannot have been taken over by somebody else. */
const finding = ({ name, was }: Former, names: ReadonlyMap<string, unknown>, others: readonly Former[]): Finding | undefined => {
  const twin = others.find((other) => other.name > name && other.was === was)
  if (was === name) return { what: `${name} was called ${name}, as it is now`, hint: `take the former name off ${name}` }
  if (names.has(was)) return { what: `${name} was called ${was}, and there is one of this name`, hint: `take the former name off ${name}, or leave ${was} out` }
  if (twin) return { what: `${name} and ${twin.name} were both called ${was}`, hint: `take the former name off one of them` }

  return nameFinding(was)
} // prettier-ignore

const columnsOf = ({ fields }: Context): Former[] =>
  [...fields.values()].flatMap(({ name, was }) => (was === undefined ? [] : [{ name, was }]))

const tablesOf = onceFor((byName: Context['byName']): readonly Former[] =>
  [...byName.values()].flatMap(({ name, spec: { was } }) => (was === undefined ? [] : [{ name, was }]))
)

/** A former name says which column or table the present one was, so that a migration renames it and loses nothing. */
export const formerNames = (resource: AnyResource, context: Context): Problem[] => {
  const { name, spec } = resource
  const [columns, tables] = [columnsOf(context), tablesOf(context.byName)]
  const ofTable = spec.was === undefined ? undefined : finding({ name, was: spec.was }, context.byName, tables)

  return [
    ...(ofTable ? [problem(resource, 'was', ofTable.what, ofTable.hint)] : []),
    ...columns.flatMap((column) => {
      const found = finding(column, context.fields, columns)
      return found ? [problem(resource, `fields.${column.name}.was`, found.what, found.hint)] : []
    })
  ]
} // prettier-ignore
