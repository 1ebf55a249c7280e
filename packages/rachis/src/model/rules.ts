import type { AnyResource, AnyRule, FieldInfo, ParentRule, Terms } from '../declare'
import { clausesOf, fieldsOf } from '../declare'
import { TIMESTAMPTZ, typeInfo } from '../declare/column-types'
import type { Predicate, RowPredicate } from '../declare/predicate'
import { and, column, isNull, mapLeaves, or, predicateOfRule, TRUE } from '../declare/predicate'

type Fields = ReadonlyMap<string, FieldInfo>
/** The declaration of another resource by its name. */
export type FindResource = (name: string) => AnyResource | undefined

/** Values in the form that rows have: times in UTC, whatever the offset that a declaration writes them with. */
const inForm = (term: unknown, field: FieldInfo | undefined): unknown => {
  const toCanonical = field && typeInfo(field.type).canonical
  if (!toCanonical) return term
  if (typeof term === 'string') return toCanonical(term, field)
  if (Array.isArray(term)) return term.map((value) => inForm(value, field))
  if (typeof term !== 'object' || term === null || '$user' in term) return term

  return Object.fromEntries(Object.entries(term).map(([key, value]) => [key, inForm(value, field)]))
}

const canonical = (clause: Terms, fields: Fields): Terms =>
  Object.fromEntries(Object.entries(clause).map(([key, term]) => [key, inForm(term, fields.get(key))]))

/** A removed record is out of everybody's sight. */
const NOT_REMOVED: RowPredicate = isNull(column('deleted_at', TIMESTAMPTZ.name))

const isRemovalTest = (test: Predicate): boolean =>
  test.kind === 'is-null' && test.of.kind === 'column' && test.of.name === 'deleted_at'

/** That a removed record is gone does not hold for who asks about it, or brings it back. No declaration asks for `deleted_at` itself. */
export const alsoRemoved = (rule: Predicate): Predicate =>
  mapLeaves(rule, (leaf) => (isRemovalTest(leaf) ? TRUE : leaf))

/** The same, for records that are not removed. Each alternative asks it, so that each has delivery keys of its own. */
const onlyPresent = (rule: Predicate): Predicate =>
  rule.kind === 'or' ? or(rule.any.map(onlyPresent)) : and([rule, NOT_REMOVED])

const fieldsByName = (resource: AnyResource): Fields =>
  new Map(fieldsOf(resource).map((field) => [field.name, field]))

/**
 * Lowers the rules of one resource. The rule of a parent stands in the predicate of its child, so that nothing has to be looked up
 * later; `seen` are the rules on the way, since those of declarations that were not verified may follow each other in a circle.
 */
export class RuleLowering {
  constructor(
    private readonly resource: AnyResource,
    private readonly find: FindResource,
    private readonly fields: Fields = fieldsByName(resource),
    private readonly seen: readonly string[] = []
  ) {}

  /** @param hides whether a removed record is out of the rule's reach */
  lower(rule: AnyRule | undefined, hides = false): Predicate {
    const clauses = clausesOf(rule).map((clause) => canonical(clause, this.fields))
    const predicate = predicateOfRule(clauses, {
      typeOf: (name) => this.fields.get(name)?.type,
      parentOf: (name, followed) => this.parentOf(name, followed)
    })

    return hides ? onlyPresent(predicate) : predicate
  }

  private parentOf(column: string, rule: ParentRule) {
    const name = this.fields.get(column)?.references?.resource
    const parent = name === undefined ? undefined : this.find(name)
    const step = `${name}.${rule}`
    if (!parent || this.seen.includes(step)) return undefined
    const lowering = new RuleLowering(parent, this.find, undefined, [...this.seen, step])
    const where = lowering.lower(parent.spec.access[rule], parent.spec.soft_delete ?? false)

    return { resource: parent.name, where }
  }
}

/** Which records the server itself has in sight. */
export const presentRecords = ({ softDelete }: { readonly softDelete: boolean }): RowPredicate =>
  softDelete ? NOT_REMOVED : TRUE
