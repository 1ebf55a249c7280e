/** Functions of the language that a field can stand in, from the inside to the outside. */
export const WRAPPERS = [
  'lower',
  'upper',
  'unique',
  'nullable',
  'immutable',
  'readOnly',
  'writeOnly'
] as const
export type Wrapper = (typeof WRAPPERS)[number]

/** A field that is to be declared. */
export interface DraftField {
  readonly name: string
  /** TypeScript of its type without what stands around it, such as `text({ maxLength: 255 })`. */
  readonly type: string
  readonly wrappers: readonly Wrapper[]
  /** TypeScript of the value that a creation fills in. */
  readonly defaultValue?: string
  /** SQL that the database computes it by. */
  readonly computed?: string
  /** The resource that it refers to. */
  readonly references?: string
  /** What a user of the resource may do with the records of which this is their id. */
  readonly isOwner?: boolean
  /** The states of a state machine, in the order in which a record goes through them. */
  readonly states?: readonly string[]
  readonly isIndexed?: boolean
  readonly comment?: string
}

/** Who may do something: everybody, whoever is signed in, the record's owner, or users of these roles. */
export type Audience = 'anyone' | 'signed-in' | 'owner' | readonly string[]

/** A declaration that is to be written. */
export interface Draft {
  readonly name: string
  readonly description?: string
  readonly hasUuid?: boolean
  /** Without `created_at` and `updated_at`. */
  readonly hasNoTimes?: boolean
  readonly fields: readonly DraftField[]
  readonly read: Audience
  readonly write: Audience
  /** Conditions between columns, in SQL, by their names. */
  readonly checks?: Readonly<Record<string, string>>
  readonly indexes?: readonly (readonly string[])[]
  readonly unique?: readonly (readonly string[])[]
}

/** A mistake of whoever typed the command: what is wrong, and what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError'

  constructor(what: string, instead: string) {
    super(`${what}\n  ${instead}`)
  }
}

/** The path in URLs, which is also the name of the file. @example pathOf('order_items') // 'order-items' */
export const pathOf = (name: string): string => name.replace(/_/g, '-')

/** The name of the constant. @example constantOf('order_items') // 'orderItems' */
export const constantOf = (name: string): string =>
  name.replace(/_+([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())

/** A text as TypeScript writes it. @example quoted("it's") // "'it\\'s'" */
export const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'")}'`

/** Options of a field as TypeScript, empty where there is none. @example optionsText({ maxLength: 9 }) // '{ maxLength: 9 }' */
export const optionsText = (options: Readonly<Record<string, unknown>>): string => {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const texts = given.map(([key, value]) => `${key}: ${typeof value === 'string' ? quoted(value) : JSON.stringify(value)}`) // prettier-ignore

  return texts.length === 0 ? '' : `{ ${texts.join(', ')} }`
}

/** A default as TypeScript, by the type that the field has. What is no value of the type stays a text, which the verifiers refuse. */
export const literalText = (type: string, value: string): string => {
  const isLiteral = /^boolean/.test(type)
    ? /^(true|false)$/.test(value)
    : /^(integer|money|Type\.Number|Type\.Integer)/.test(type) && /^-?\d+(\.\d+)?$/.test(value)

  return isLiteral ? value : quoted(value)
}
