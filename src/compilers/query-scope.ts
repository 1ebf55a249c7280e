import type { FieldInfo } from '../resource'
import { similar } from '../resource/similar'
import type { ErrorDetail } from '../errors'
import { ApiError, invalid } from '../errors'
import type { Model } from './model'

export type Raw = Readonly<Record<string, unknown>>

export const PARAMETERS = [
  'limit',
  'skip',
  'page',
  'page_size',
  'sort',
  'fields',
  '$limit',
  '$skip',
  '$sort',
  '$select'
] as const

export const refused = (field: string, message: string) => new ApiError('BAD_QUERY', { field, message })
export const wrong = (detail: ErrorDetail) => invalid([detail])
export const isObject = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const pick = (raw: Raw, ...names: string[]) =>
  names.map((name) => raw[name]).find((value) => value !== undefined)

/** Whose query it is: the fields of a resource, and which of them this reader may know the values of. */
export class Scope {
  constructor(
    readonly model: Model,
    private readonly readable: ReadonlySet<string>
  ) {}

  /** The field of this name, if the reader may know its values; else the query is refused, not ignored. */
  field(name: string): FieldInfo {
    const field = this.model.fields.get(name)
    if (!field || field.hidden) {
      throw refused(name, `${name} is not a field of ${this.model.name}${this.hint(name)}`)
    }
    if (!this.readable.has(name)) {
      throw new ApiError('FORBIDDEN', { field: name, message: `You may not query ${name}` })
    }

    return field
  }

  private hint(name: string): string {
    const near = similar(name, [...this.readable, ...PARAMETERS])
    return near ? `; did you mean ${near}?` : ''
  }
}
