/** A condition between fields: its SQL, alone or with the sentence that a caller who breaks it receives. */
export type Check = string | { readonly sql: string; readonly message: string }

export interface SaidCheck {
  readonly sql: string
  readonly message?: string
}

/**
 * A check in its long form.
 *
 * @example checkOf('current_stock <= max_stock') // { sql: 'current_stock <= max_stock' }
 */
export const checkOf = (check: Check): SaidCheck => (typeof check === 'string' ? { sql: check } : check)
