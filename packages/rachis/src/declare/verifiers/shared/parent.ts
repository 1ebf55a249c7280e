import type { AnyResource } from '../../any-resource'
import { clausesOf, isParentTerm, PARENT_RULES, parentRule } from '../../clauses'
import type { ParentRule } from '../../clauses'
import type { FieldInfo } from '../../field-info'
import { fieldsOf } from '../../field-info'
import type { Context, Finding } from './problem'
import { instead, shown } from './problem'
import { isObject } from '../../../util/is-object'

type ByName = Context['byName']
/** A rule of a resource, as `deals.update`. */
type Followed = readonly [resource: string, rule: ParentRule]

/** The rules of other records that a rule follows. */
const followedBy = ([name, rule]: Followed, byName: ByName): Followed[] => {
  const resource = byName.get(name)
  if (!resource) return []
  const fields = new Map(fieldsOf(resource).map((field) => [field.name, field]))
  const terms = clausesOf(resource.spec.access[rule]).filter(isObject).flatMap(Object.entries)

  return terms.flatMap(([column, term]): Followed[] => {
    const parent = fields.get(column)?.references?.resource
    const next = isParentTerm(term) ? parentRule(term) : undefined
    return parent && next ? [[parent, next]] : []
  })
}

/** Whether rules that follow each other lead from one back to another, which would never end. */
const leadsTo = (goal: string, from: Followed, byName: ByName, seen: readonly string[] = []): boolean => {
  const name = from.join('.')
  if (name === goal) return true
  if (seen.includes(name)) return false

  return followedBy(from, byName).some((next) => leadsTo(goal, next, byName, [...seen, name]))
}

/** What is wrong with `{ order_id: asParent }` in the rule at a path such as `access.read`. Whether the resource exists is checked by `references`. */
export const parentFinding = (
  resource: AnyResource,
  field: FieldInfo,
  term: unknown,
  path: string,
  byName: ByName
): Finding | undefined => {
  const { name, references } = field
  const rule = parentRule(term)
  if (!references) {
    return {
      what: `asks the parent by ${name}, which is no reference`,
      hint: `write ${name}: belongsTo('…')`
    }
  }
  if (!rule) {
    const given = (term as { readonly $parent: unknown }).$parent
    return {
      what: `asks the parent by ${name} for ${shown(given)}, which is no rule to follow`,
      hint: instead(String(given), PARENT_RULES)
    }
  }
  const parent = references.resource
  if (path === 'access.read' && rule !== 'read') {
    return {
      what: `follows by ${name} who may ${rule} ${parent}, and its events would follow who may read them`,
      hint: `write ${name}: asParent`
    }
  }
  if (leadsTo(`${resource.name}.${path.replace(/^access\./, '')}`, [parent, rule], byName)) {
    const hint = `write the rule itself in ${resource.name} or in ${parent}, in place of asParent`
    return { what: `asks ${parent} by ${name}, whose own rule asks ${resource.name}`, hint }
  }
  if (byName.get(parent)?.spec.access[rule] !== undefined) return undefined
  const words = rule === 'read' ? 'rule of reading' : `rule access.${rule}`

  return {
    what: `asks ${parent} by ${name}, which has no ${words}`,
    hint: `write access.${rule} in ${parent}`
  }
}
