import type { FieldInfo } from '../declare'
import type { RowPredicate } from '../declare/predicate'
import { and, column, FALSE, throughRelation } from '../declare/predicate'
import { operatorsFor } from '../declare'
import { PARAMETERS as FRIENDLY } from '../declare/parameters'
import { similar } from '../util/similar'
import type { ErrorDetail } from '../errors/errors'
import { ApiError, validationError } from '../errors/errors'
import type { Model } from '../model/model'
import type { RelationInfo } from '../model/models'
import { endsOf, relationOf } from '../model/models'
import type { SearchPart } from '../model/search-parts'
import type { SearchedPart } from '../sql/search'
import type { User } from '../rules/policy'
import type { RowMasks } from '../rules/masks'
import { masksOf, maskOf, NO_MASKS } from '../rules/masks'
import { readableColumns, restrictionOf } from '../rules/policy'
import { FEATHERS_PAGE_NAMES, PAGE_PARAMETERS } from '../model/pages'
import { badQuery } from '../model/query-parameter'
import { presentRecords } from '../model/rules'
import { parameterHint, suffixHint } from './query-synonyms'
import { maySearch } from '../rules/scopes'
import type { Reader as ModelReader } from '../model/reader'

/** Parameters of a query that are no fields, in both spellings. */
export const PARAMETERS: readonly string[] = [
  ...FRIENDLY,
  ...FEATHERS_PAGE_NAMES,
  ...['$sort', '$select', '$search', '$include']
]

export const invalidValue = (detail: ErrorDetail) => validationError([detail])
/** Who asks: what they may read of each resource, with masks that can be asked of the rows that were read. */
export interface Reader extends ModelReader {
  masks(model: Model): RowMasks
}

/** The server itself: every column that ever leaves it, every record that is not removed. */
export const server: Reader = {
  columns: ({ visible }) => visible,
  masks: () => NO_MASKS,
  rule: presentRecords
}
export const readerOf = (user: User): Reader => ({
  columns: (model) => readableColumns(model, user),
  masks: (model) => masksOf(model, user),
  rule: (model) => (maySearch(user, model) ? restrictionOf(model.rules.read, user) : FALSE)
})

/** A relation followed for a reader: the records there that they may read. */
export interface Followed {
  readonly relation: RelationInfo
  readonly scope: Scope
  readonly restrict: RowPredicate
  /** Of the join resource, where there is one: the records there that they may read, and that lead to such a record. */
  readonly through?: RowPredicate
}

/** Where a name stands: as a filter other parameters may be meant, in `sort` and `fields` a field only. */
export type Place = 'filter' | 'name' | 'include'

const BUILT = [...PAGE_PARAMETERS.map(({ name }) => name), 'sort', 'fields', 'filter', 'search', 'include']
const MAX_NAMES = 50

const nearestOf = (
  name: string,
  known: readonly string[],
  what: string,
  more: readonly string[] = []
): string => {
  const near = similar(name, [...known, ...more])
  if (near) return `Did you mean ${near}?`

  return known.length === 0
    ? `There are no ${what.toLowerCase()} here`
    : `${what} here: ${known.slice(0, MAX_NAMES).join(', ')}`
}

/** Whose query it is: the fields of a resource, and which of them this reader may know the values of. */
export class Scope {
  readonly readable: readonly string[]
  readonly masks: RowMasks
  constructor(
    readonly model: Model,
    private readonly reader: Reader,
    /** The parameters that may be meant by a name that is none. */
    private readonly offered: readonly string[] = BUILT
  ) {
    this.readable = reader.columns(model)
    this.masks = reader.masks(model)
  }

  /** The field of this name, if the reader may know its values; else the query is refused, not ignored. */
  field(name: string, place: Place = 'name'): FieldInfo {
    const field = this.model.fields.get(name)
    if (!field || field.hidden) {
      throw badQuery(name, `${name} is not a field of ${this.model.name}`, this.hint(name, place))
    }
    if (!this.readable.includes(name)) {
      throw new ApiError('FORBIDDEN', { field: name, message: `You may not query ${name}` })
    }

    return field
  }

  /**
   * A condition on a column, of the records whose column the reader may read. Of the others neither it nor its opposite holds: each of
   * the two would tell something of the value.
   */
  masked(column: string, condition: RowPredicate): RowPredicate {
    return and([maskOf(this.masks, column), condition])
  }

  /** The parts of the search that the reader may read, each of the records of which they may. */
  get searched(): SearchedPart[] {
    const { searchParts } = this.model
    const isReadable = ({ columns: [name] }: SearchPart) => this.readable.includes(name!)

    return searchParts
      .filter(isReadable)
      .map(({ part, columns: [name] }) => ({ part, mask: maskOf(this.masks, name!) }))
  }

  /** The other side of a relation, where there is one of this name: of the records there those that may be found by it. */
  follow(name: string): Followed | undefined {
    const relation = relationOf(this.model, name)
    if (!relation) return undefined
    this.field(relation.column)
    const scope = new Scope(relation.target, this.reader)
    scope.field(relation.by)
    const restrict = scope.masked(relation.by, this.reader.rule(relation.target))
    const through = this.joins(relation, restrict)
    if ([restrict.kind, through?.kind].includes('false'))
      throw new ApiError('FORBIDDEN', { field: name, message: `You may not query ${name}` })

    return { relation, scope, restrict, through }
  }

  /** The records of a join resource that the reader may read with both of its keys, and that lead to a record which meets a condition. */
  joins({ target, through }: RelationInfo, condition: RowPredicate): RowPredicate | undefined {
    if (!through) return undefined
    const scope = new Scope(through.resource, this.reader)
    const [by, to] = [scope.field(through.by), scope.field(through.to)]
    const leads = throughRelation(
      { of: column(to.name, to.type), resource: target.name, by: 'id' },
      condition
    )

    return and([scope.masked(by.name, scope.masked(to.name, this.reader.rule(through.resource))), leads])
  }

  /** What was probably meant, among what this reader may know of; else what there is. */
  hint(name: string, place: Place): string | undefined {
    if (place === 'include') return nearestOf(name, this.followable, 'Relations')
    if (place === 'name') return nearestOf(name, this.readable, 'Fields')

    return (
      parameterHint(name, this.parameters) ??
      suffixHint(name, this.readable, (field) => operatorsFor(this.model.fields.get(field)!)) ??
      nearestOf(name, [...this.readable, ...this.followable, ...this.parameters], 'Fields', this.ranges)
    )
  }

  /** Those of the parameters that this resource has something for. */
  private get parameters(): string[] {
    const { search, relations } = this.model
    return this.offered.filter(
      (name) => (name !== 'search' || search.length > 0) && (name !== 'include' || relations.length > 0)
    )
  }

  /** `min_price` and `max_price` for each field that has an order. */
  private get ranges(): string[] {
    return this.readable
      .filter((name) => operatorsFor(this.model.fields.get(name)!).includes('$gte'))
      .flatMap((name) => [`min_${name}`, `max_${name}`])
  }

  /** Names of the relations whose records this reader may look for. */
  private get followable(): string[] {
    return this.model.relations.map(({ name }) => name).filter((name) => this.mayFollow(name))
  }

  private mayFollow(name: string): boolean {
    const relation = relationOf(this.model, name)
    if (!relation || !this.readable.includes(relation.column)) return false

    return endsOf(relation).every(
      ([model, ...columns]) =>
        columns.every((column_) => this.reader.columns(model).includes(column_)) &&
        this.reader.rule(model).kind !== 'false'
    )
  }
}

export { badQuery, pick } from '../model/query-parameter'
export type { Raw } from '../model/query-parameter'
