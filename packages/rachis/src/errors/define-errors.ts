import { CATALOGUE } from './error-codes'

/** An error that a module or an application adds to the catalogue. */
export interface ErrorDefinition {
  /** Stable: clients decide by it. */
  readonly code: string
  readonly status: number
  /** The name of Feathers' error class, which follows from the status. */
  readonly name: string
  /** What is wrong, where the case says no more of it. */
  readonly message: string
  /** What to do, where the case says no more of it. */
  readonly hint: string
}
/** An error as it is written down: its code is the key that it stands under. */
export type NewError = Pick<ErrorDefinition, 'status' | 'message' | 'hint'>
export type ErrorDefinitions = Readonly<Record<string, ErrorDefinition>>

/** With 423, which no error of the engine has. */
const NAMES = new Map<number, string>([...Object.values(CATALOGUE).map(({ status, name }) => [status, name] as const), [423, 'Locked']]) // prettier-ignore

const definition = (code: string, { status, message, hint }: NewError): ErrorDefinition => {
  const name = NAMES.get(status)
  if (!/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(code))
    throw new Error(`The error ${code} is not written like OUT_OF_RANGE`)
  if (name === undefined)
    throw new Error(`The error ${code} has the status ${status}; use one of ${[...NAMES.keys()].join(', ')}`)

  return { code, status, name, message, hint }
}

/**
 * Errors of a module or an application. Listed as its `errors`, they are in the documents like those of the engine.
 *
 * @throws {Error} for a code that is not in capitals with underscores, or a status that no error of the engine has
 * @example
 * export const errors = defineErrors({ ROOM_TAKEN: { status: 409, message: 'The room is taken', hint: 'Choose another hour' } })
 * throw new ApiError(errors.ROOM_TAKEN, { field: 'hour' })
 * // 409 { success: false, error: { code: 'ROOM_TAKEN', message: 'The room is taken', field: 'hour', hint: 'Choose another hour' }, … }
 */
export const defineErrors = <Code extends string>(
  errors: Readonly<Record<Code, NewError>>
): { readonly [C in Code]: ErrorDefinition } =>
  Object.fromEntries(
    Object.entries<NewError>(errors).map(([code, error]) => [code, definition(code, error)])
  ) as Record<Code, ErrorDefinition>

/**
 * All added errors in one list.
 *
 * @throws {Error} for a code that the engine or two of them have
 */
export const addedErrors = (groups: readonly ErrorDefinitions[]): ErrorDefinition[] => {
  const known = new Set<string>(Object.keys(CATALOGUE))
  const errors = groups.flatMap((group) => Object.values(group))
  for (const { code } of errors) {
    if (known.has(code)) throw new Error(`The error ${code} is defined twice; give one of them another code`)
    known.add(code)
  }

  return errors
}
