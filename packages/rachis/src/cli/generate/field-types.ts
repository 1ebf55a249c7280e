import type { DraftField } from './draft'
import { optionsText, quoted, UsageError } from './draft'
import { firstTwice } from '../../util/first-twice'

type Typed = Pick<DraftField, 'type' | 'references' | 'states'>

/** How a type of the command line is written in a declaration. */
export interface FieldType {
  /** What may stand behind the type's name, shown to people. */
  readonly argument?: string
  /** Whether the argument must be there. */
  readonly isArgumentNeeded?: boolean
  readonly accepts?: RegExp
  readonly declare: (argument: string | undefined, field: { name: string; isKey: boolean }) => Typed
}

const WORDS = /^[^,:\s][^,:]*(,[^,:]+)*$/
const RANGE = /^-?\d+(\.\d+)?\.\.(-?\d+(\.\d+)?)?$|^\.\.-?\d+(\.\d+)?$/

const rangeOptions = (range: string | undefined) => {
  const [minimum, maximum] = (range ?? '').split('..').map((bound) => (bound ? Number(bound) : undefined))
  return optionsText({ minimum, maximum })
}
const plain = (type: string): FieldType => ({ declare: () => ({ type }) })
const ranged = (helper: string): FieldType => ({
  argument: '0..100',
  accepts: RANGE,
  declare: (range) => ({ type: `${helper}(${rangeOptions(range)})` })
})
const formatted = (format: string): FieldType => plain(`text({ format: '${format}', maxLength: 255 })`)

/** The words of a choice, which commas separate. */
const wordsIn = (helper: string, name: string, list: string): string[] => {
  const words = list.split(',')
  const again = firstTwice(words)
  if (again !== undefined)
    throw new UsageError(`The field ${name} lists ${again} twice.`, `Type ${again} once: ${name}:${helper}:${[...new Set(words)].join(',')}`) // prettier-ignore

  return words
}

/** What an index holds is bounded, and other texts are as long as the language allows. */
const text: FieldType = {
  argument: '255',
  accepts: /^[1-9]\d{0,6}$/,
  declare: (length, { isKey }) => ({
    type: length || isKey ? `text({ minLength: 1, maxLength: ${length ?? 255} })` : 'text()'
  })
}
const choice = (helper: 'oneOf' | 'state'): FieldType => ({
  argument: helper === 'state' ? 'draft,sent,paid' : 'small,large',
  isArgumentNeeded: true,
  accepts: WORDS,
  declare: (list, { name }) => {
    const words = wordsIn(helper, name, list!)
    return { type: `${helper}(${words.map(quoted).join(', ')})`, ...(helper === 'state' ? { states: words } : {}) } // prettier-ignore
  }
})
const belongsTo: FieldType = {
  argument: 'users',
  isArgumentNeeded: true,
  accepts: /^[a-z][a-z0-9_]*$/,
  declare: (resource) => ({ type: `belongsTo('${resource}')`, references: resource! })
}

/** Every type that a field can be given on the command line. */
export const FIELD_TYPES: Readonly<Record<string, FieldType>> = {
  text,
  email: formatted('email'),
  url: formatted('uri'),
  integer: ranged('integer'),
  money: ranged('money'),
  number: ranged('Type.Number'),
  boolean: plain('boolean()'),
  timestamp: plain('timestamp()'),
  date: plain("Type.String({ format: 'date' })"),
  uuid: plain("Type.String({ format: 'uuid' })"),
  json: plain('json()'),
  textArray: plain('textArray()'),
  oneOf: choice('oneOf'),
  state: choice('state'),
  belongsTo
}

/** What other tools call these types. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  string: 'text', varchar: 'text', char: 'text', str: 'text', int: 'integer', bigint: 'integer', serial: 'integer',
  decimal: 'money', numeric: 'money', price: 'money', float: 'number', double: 'number', real: 'number',
  bool: 'boolean', datetime: 'timestamp', timestamptz: 'timestamp', time: 'timestamp', jsonb: 'json', object: 'json',
  array: 'textArray', tags: 'textArray', list: 'textArray', enum: 'oneOf', choice: 'oneOf', status: 'state',
  references: 'belongsTo', reference: 'belongsTo', ref: 'belongsTo', fk: 'belongsTo', foreign: 'belongsTo',
  mail: 'email', uri: 'url', link: 'url'
} // prettier-ignore
