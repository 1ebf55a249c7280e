import type { AnyRule } from '../../declare'
import type { Predicate, Subject, UserProperty } from '../../declare/predicate'
import { predicateOfRule } from '../../declare/predicate'
import type { Problem } from '../../declare/verifiers/shared/problem'
import { problem } from '../../declare/verifiers/shared/problem'
import type { Model } from '../model'
import type { Operation } from '../operation'

/** How the records of an application belong to tenants. */
export interface Tenancy {
  /** The resource whose records are the tenants, such as `organisations`. */
  readonly resource: string
  /** The column of every other resource that names the tenant, such as `organisation_id`. */
  readonly column: string
  /** The properties of users that list the tenants that they belong to: `members` of a join table. */
  readonly properties: readonly string[]
  /** Who has to do with all tenants, such as `role('admin')`: asks of the user only. Nobody by default. */
  readonly across?: AnyRule
  /** Resources whose records belong to no tenant, such as a list of countries. */
  readonly shared?: readonly string[]
  /** Operations on no single record, such as `invoices.totals`, whose own code sees to it that it reads and writes those of one tenant. */
  readonly trusted?: readonly string[]
}

const isColumn = (of: Subject, name: string) => of.kind === 'column' && of.name === name
const isProperty = (value: unknown, names: readonly string[]): boolean => {
  const { kind, property } = value as UserProperty
  return kind === 'user' && property !== undefined && names.includes(property)
}
const testsOf = (rule: Predicate): readonly Predicate[] => (rule.kind === 'and' ? rule.all : [rule])
const alternativesOf = (rule: Predicate): readonly Predicate[] => (rule.kind === 'or' ? rule.any : [rule])
const sameTest = (one: Predicate, other: Predicate) => JSON.stringify(one) === JSON.stringify(other)

/** Whether rules let through nobody but those of the record's tenant. */
class TenantRules {
  private readonly across: readonly (readonly Predicate[])[]

  constructor(private readonly tenancy: Tenancy) {
    const across = predicateOfRule(tenancy.across)
    this.across = across.kind === 'false' ? [] : alternativesOf(across).map(testsOf)
  }

  /** @param resource whose records the rule is about */
  hold(rule: Predicate, resource: string): boolean {
    if (rule.kind === 'or') return rule.any.every((each) => this.hold(each, resource))
    const tests = testsOf(rule)

    return tests.some((test) => this.asksForTenant(test, resource)) || this.isAcross(tests)
  }

  private asksForTenant(test: Predicate, resource: string): boolean {
    const { resource: tenants, column, properties } = this.tenancy
    const name = resource === tenants ? 'id' : column
    switch (test.kind) {
      case 'false':
        return true
      case 'in':
        return isColumn(test.of, name) && isProperty(test.values, properties)
      case 'compare':
        return isColumn(test.of, name) && test.comparison === '=' && isProperty(test.operand, properties)
      case 'through-relation':
        return this.hold(test.where, test.resource)
      default:
        return false
    }
  }

  private isAcross(tests: readonly Predicate[]): boolean {
    return this.across.some((asked) => asked.every((one) => tests.some((test) => sameTest(one, test))))
  }
}

const nameOf = ({ resource, name }: Operation) => `${resource}.${name}`

class TenancyVerifier {
  private readonly rules: TenantRules

  constructor(
    private readonly tenancy: Tenancy,
    private readonly models: readonly Model[]
  ) {
    this.rules = new TenantRules(tenancy)
  }

  problems(): Problem[] {
    const belonging = this.models.filter(({ name }) => !this.tenancy.shared?.includes(name))

    return [
      ...this.unknown(),
      ...belonging.flatMap((model) => [
        ...this.ofRules(model),
        ...this.ofCode(model),
        ...this.ofColumn(model),
        ...this.ofUnique(model)
      ])
    ]
  }

  /** A slip in a name would leave out a check. */
  private unknown(): Problem[] {
    const { resource, shared = [], trusted = [] } = this.tenancy
    const names = this.models.map(({ name }) => name)
    const operations = this.models.flatMap((model) => model.operations.map(nameOf))
    const at = (list: string, unknown: readonly string[]) =>
      unknown.map((name) => problem({ name: 'tenants' }, list, `${name} is not declared`, 'correct the name, or leave it out')) // prettier-ignore

    return [
      ...at('resource', [resource].filter((name) => !names.includes(name))), // prettier-ignore
      ...at('shared', shared.filter((name) => !names.includes(name))), // prettier-ignore
      ...at('trusted', trusted.filter((name) => !operations.includes(name))) // prettier-ignore
    ]
  }

  private hint(model: Model): string {
    const { resource, column, properties } = this.tenancy
    const own = `${model.name === resource ? 'id' : column}: { $in: $user.${properties[0]} }`

    return `write ${own} into each of its clauses, follow a parent of a tenant by asParent, or name ${model.name} in shared`
  }

  private ofRules(model: Model): Problem[] {
    const standard = Object.entries(model.rules).map(([name, rule]) => [`access.${name}`, rule] as const)
    const own = model.operations
      .filter(({ declaredAt, target }) => declaredAt && target === 'record')
      .map(({ declaredAt, rule }) => [`${declaredAt}.access`, rule] as const)

    return [...standard, ...own]
      .filter(([path, rule]) => !this.isExempt(model, path) && !this.rules.hold(rule, model.name))
      .map(([path]) =>
        problem(model, path, `${path} lets in others than those of the record's tenant`, this.hint(model))
      )
  }

  /** Whoever creates a tenant belongs to it only afterwards; a creation by own code is asked of by its name. */
  private isExempt({ name, creation }: Model, path: string): boolean {
    return path === 'access.create' && (name === this.tenancy.resource || creation !== undefined)
  }

  private ofCode(model: Model): Problem[] {
    return model.operations
      .filter(({ run, target }) => run && target === 'collection')
      .filter((operation) => !this.tenancy.trusted?.includes(nameOf(operation)))
      .filter(({ name }) => model.name !== this.tenancy.resource || name !== 'create')
      .map((operation) =>
        problem(
          model,
          operation.declaredAt ?? 'create',
          `${nameOf(operation)} is code of its own, of which nobody knows whether it keeps to one tenant`,
          `name ${nameOf(operation)} in trusted once a test says so`
        )
      )
  }

  private ofColumn(model: Model): Problem[] {
    const { column, resource } = this.tenancy
    const field = model.fields.get(column)
    if (!field || model.name === resource) return []
    if (field.references?.resource !== resource)
      return [problem(model, `fields.${column}`, `${column} does not refer to ${resource}`, `write belongsTo('${resource}')`)] // prettier-ignore
    if (field.writable === 'always')
      return [problem(model, `fields.${column}`, `${column} can be changed, which moves a record to another tenant`, `write immutable(belongsTo('${resource}'))`)] // prettier-ignore

    return []
  }

  /** What is unique among all tenants tells one of them what another has. */
  private ofUnique(model: Model): Problem[] {
    if (model.name === this.tenancy.resource) return []
    const isKey = (name: string) =>
      name === this.tenancy.column || model.fields.get(name)?.references !== undefined

    return (model.table?.constraints ?? [])
      .filter(({ kind, fields }) => kind === 'unique' && !fields.some(isKey))
      .map(({ fields }) =>
        problem(
          model,
          'unique',
          `${fields.join(', ')} is unique among all tenants, which tells one of them what another has`,
          `write unique: [['${this.tenancy.column}', ${fields.map((name) => `'${name}'`).join(', ')}]]`
        )
      )
  }
}

/**
 * What is wrong with declarations whose records are to belong to tenants: every rule has to ask for the tenant, so that none can forget it.
 *
 * @param models those of the application
 */
export const tenancyProblems = (tenancy: Tenancy, models: readonly Model[]): Problem[] =>
  new TenancyVerifier(tenancy, models).problems()
