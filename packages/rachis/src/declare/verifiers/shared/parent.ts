import type { AnyResource } from '../../any-resource'
import { clausesOf, isParentTerm } from '../../clauses'
import type { FieldInfo } from '../../field-info'
import { fieldsOf } from '../../field-info'
import type { Context, Finding } from './problem'
import { isObject } from './problem'

type ByName = Context['byName']

/** The resources whose rule a resource's own rule of reading asks. */
const parentsOf = (resource: AnyResource): string[] => {
  const fields = new Map(fieldsOf(resource).map((field) => [field.name, field]))
  const terms = clausesOf(resource.spec.access.read).filter(isObject).flatMap(Object.entries)

  return terms
    .filter(([, term]) => isParentTerm(term))
    .flatMap(([column]) => fields.get(column)?.references?.resource ?? [])
}

/** Whether rules that ask parents lead from one resource back to another, which would never end. */
const leadsTo = (goal: string, name: string, byName: ByName, seen: readonly string[] = []): boolean => {
  if (name === goal) return true
  const resource = byName.get(name)
  if (!resource || seen.includes(name)) return false

  return parentsOf(resource).some((parent) => leadsTo(goal, parent, byName, [...seen, name]))
}

/** What is wrong with `{ order_id: asParent }`. That the resource exists is for `references` to tell. */
export const parentFinding = (
  resource: AnyResource,
  field: FieldInfo,
  byName: ByName
): Finding | undefined => {
  const { name, references } = field
  if (!references) {
    return {
      what: `asks the parent by ${name}, which is no reference`,
      hint: `write ${name}: belongsTo('…')`
    }
  }
  const parent = references.resource
  if (leadsTo(resource.name, parent, byName)) {
    const hint = `write the rule itself in ${resource.name} or in ${parent}, in place of asParent`
    return { what: `asks ${parent} by ${name}, whose own rule asks ${resource.name}`, hint }
  }
  if (byName.get(parent)?.spec.access.read !== undefined) return undefined

  return {
    what: `asks ${parent} by ${name}, which has no rule of reading`,
    hint: `write access.read in ${parent}`
  }
}
