import type { FieldInfo } from '../declare'
import { wrongOwnValue } from '../declare/verifiers/shared/own-value'
import { misspeltIn } from '../declare/verifiers/shared/sql-fields'
import { columnWordsOf } from '../declare/sql'
import type { Model } from '../model/model'
import { defaultSql } from '../model/table'

interface Typed {
  readonly name: string
  readonly model: Model
  readonly field: FieldInfo
  readonly text: string
}

const EXAMPLE = 'type it as tasks.priority=normal'

/** @throws {Error} that says how it is typed, or that there is no such column */
const typedOf = (flag: string, word: string, models: readonly Model[]): Typed => {
  const [, table, column, text] = /^([^.=]+)\.([^.=]+)=(.*)$/s.exec(word) ?? []
  if (text === undefined) throw new Error(`--${flag} ${word} says no column or no value: ${EXAMPLE}`)
  const model = models.find(({ name }) => name === table)
  const field = model?.fields.get(column!)
  if (!model) throw new Error(`--${flag} ${word}: there is no table ${table}; ${EXAMPLE}`)
  if (!field) throw new Error(`--${flag} ${word}: ${table} has no column ${column}; it has ${[...model.fields.keys()].join(', ')}`) // prettier-ignore

  return { name: `${table}.${column}`, model, field, text }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** @throws {Error} where the column cannot hold it */
const constant = ({ name, field, text }: Typed): string => {
  const value = field.value.type === 'string' ? text : parsed(text)
  const wrong = wrongOwnValue(field, value, 'value')
  if (wrong) throw new Error(`--value ${name}=${text}: ${wrong.what}; ${wrong.hint}`)
  if (field.unique) throw new Error(`--value ${name}=${text}: ${field.name} is unique, and all rows would have one value: compute it from the row, with --value-sql`) // prettier-ignore

  return defaultSql({ ...field, default: value })!
}

/** What a row alone does not say, or what would end the statement. */
const FOREIGN = /;|--|\/\*|\bselect\b/i

/** Texts, names and dollar-quoted texts, each up to its end. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[^]*?\$\1\$/g

/** Whether quotes and parentheses of an expression are closed, so that it ends where it seems to. */
const isClosed = (text: string): boolean => {
  const plain = text.replace(QUOTED, ' ')
  let depth = 0
  for (const sign of plain) {
    depth += Number(sign === '(') - Number(sign === ')')
    if (depth < 0) return false
  }

  return depth === 0 && !/['"$\u0000]/.test(plain)
}

/** @throws {Error} where it asks for what the row has not */
const expression = ({ name, model, field, text }: Typed): string => {
  const head = `--value-sql ${name}=${text}`
  if (text.trim() === '') throw new Error(`${head} says no value: ${EXAMPLE}`)
  if (FOREIGN.test(text)) throw new Error(`${head}: write an expression over the columns of the row, without a statement in it`) // prettier-ignore
  if (!isClosed(text)) throw new Error(`${head}: close its quotes and parentheses`)
  if (columnWordsOf(text).includes(field.name)) throw new Error(`${head}: ${field.name} has no value yet`)
  const wrong = misspeltIn(text, model)
  if (wrong) throw new Error(`${head}: there is no column ${wrong.word}; did you mean ${wrong.meant}?`)

  return text
}

/**
 * SQL of the values that were typed for columns, by `table.column`.
 *
 * @example valuesOf(models, { value: ['tasks.priority=normal'] }).get('tasks.priority') // "'normal'"
 * @throws {Error} that says which word is wrong and what to type instead
 */
export const valuesOf = (
  models: readonly Model[],
  {
    value = [],
    'value-sql': sql = []
  }: { readonly value?: readonly string[]; readonly 'value-sql'?: readonly string[] }
): ReadonlyMap<string, string> => {
  const constants = value.map((word) => typedOf('value', word, models))
  const expressions = sql.map((word) => typedOf('value-sql', word, models))

  return new Map([
    ...constants.map((typed) => [typed.name, constant(typed)] as const),
    ...expressions.map((typed) => [typed.name, expression(typed)] as const)
  ])
}
