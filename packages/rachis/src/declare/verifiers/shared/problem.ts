import type { AnyResource } from '../../any-resource'
import type { FieldInfo } from '../../field-info'
import { similar } from '../../../util/similar'

/** One thing that is wrong with a declaration. */
export interface Problem {
  readonly resource: string
  /** Where in the declaration, such as `fields.price`, `access.read[1].owner` or `indexes[0]`. */
  readonly path: string
  readonly message: string
  /** What to write instead. */
  readonly hint: string
}
export interface Context {
  readonly fields: ReadonlyMap<string, FieldInfo>
  readonly byName: ReadonlyMap<string, AnyResource>
  /** Whether no module says who calls, so that everybody is anonymous. */
  readonly isAnonymous: boolean
}
export type Verifier = (resource: AnyResource, context: Context) => Problem[]

export type { Finding } from '../../finding'
export { PRINCIPALS as USERS } from '../../principal'

export const problem = (
  { name }: Pick<AnyResource, 'name'>,
  path: string,
  what: string,
  hint: string
): Problem => ({
  resource: name,
  path,
  message: `${name}: ${what}`,
  hint
})

/** What to write in place of a name that is not known. */
export const instead = (name: string, known: Iterable<string>): string => {
  const names = [...known].map(String)
  const near = similar(name, names)

  return near
    ? `did you mean ${near}?`
    : `write one of ${names.join(', ') || 'those declared; there are none yet'}`
}

/** Undefined where JSON has no form of the value, such as of a function, a BigInt or what holds itself. */
export const asJson = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** A value as a person would write it, cut where it is long. */
export const shown = (value: unknown): string => (asJson(value) ?? String(value)).slice(0, 100)

/** The items of a list that stand in it a second time. */
export const repeated = (items: readonly string[]): string[] => [
  ...new Set(items.filter((item, index) => items.indexOf(item) < index))
]
