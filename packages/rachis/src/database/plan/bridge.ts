import type { Bridge } from '../../model/table'
import { named } from '../../model/table'
import { dollarQuoted, quote } from '../../util/quote'
import { castOf } from './casts'

/** How the names of such triggers begin. They fire in the order of their names, before `count_version`. */
export const BRIDGE = 'beside_'

const bridgeName = (table: string, column: string) => named(`${BRIDGE}${table}`, column)

/** The statements that make the function and the trigger of a bridge. */
export const bridgeSql = (table: string, { name, body }: Bridge): string[] => [
  `create function ${quote(name)}() returns trigger language plpgsql as ${dollarQuoted(`\nbegin\n${body}\n  return new;\nend `)}`,
  `create trigger ${quote(name)} before insert or update on ${quote(table)} for each row execute function ${quote(name)}()`
]

export const dropBridgeSql = (table: string, { name }: Bridge): string[] => [
  `drop trigger ${quote(name)} on ${quote(table)}`,
  `drop function ${quote(name)}()`
]

/**
 * A new column that the program as it was before does not write.
 *
 * @param sql its value, from the columns of the row
 */
export const filling = (table: string, column: string, sql: string): Bridge => ({
  name: bridgeName(table, column),
  column,
  body: `  if new.${quote(column)} is null then
    select (${sql}) into new.${quote(column)} from (select (new).*) as ${quote(table)};
  end if;`
})

/** Two columns that hold the same, each as its program has it. */
export interface Twins {
  readonly column: string
  readonly was: string
  readonly type: string
  readonly oldType: string
}

const converted = (from: string, type: string, sql: string) => castOf(from, type)?.sql(sql) ?? sql

/** The value of the new column, out of the old one. */
export const forth = ({ oldType, type }: Twins, old: string): string => converted(oldType, type, old)

/** A value that the old type cannot hold is none for the program as it was before. It must not be in the way of the new one. */
const back = ({ oldType, type, was, column }: Twins): string => {
  const assign = `new.${quote(was)} := ${converted(type, oldType, `new.${quote(column)}`)};`
  return oldType === type
    ? assign
    : `begin ${assign} exception when data_exception then new.${quote(was)} := null; end;`
}

/** Whichever of the two was written gives the other its value. Where both were, the new one counts. */
export const twins = (table: string, pair: Twins): Bridge => {
  const [next, old] = [quote(pair.column), quote(pair.was)]

  return {
    name: bridgeName(table, pair.column),
    column: pair.column,
    was: pair.was,
    body: `  if (tg_op = 'INSERT' and new.${next} is null)
    or (tg_op = 'UPDATE' and new.${next} is not distinct from old.${next}
      and (new.${next} is null or new.${old} is distinct from old.${old})) then
    new.${next} := ${forth(pair, `new.${old}`)};
  else
    ${back(pair)}
  end if;`
  }
}
