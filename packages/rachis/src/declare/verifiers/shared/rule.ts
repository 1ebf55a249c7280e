import type { AnyResource } from '../../any-resource'
import { isParentTerm, userRef } from '../../clauses'
import type { FieldInfo } from '../../field-info'
import { fieldsOf } from '../../field-info'
import { isIndexable } from './bytes'
import { parentFinding } from './parent'
import type { Context, Finding, Problem } from './problem'
import { instead, problem, shown, USERS } from './problem'
import { boundFinding } from './bound'
import { termFinding, userTermFinding } from './term'
import { propertyFinding } from './user-properties'
import { isObject } from '../../../util/is-object'

/**
 * Where a rule stands and what there is to ask of: a record in SQL only, one in memory too, one yet to be created, the record of a field,
 * the user, or a record that makes somebody a member, which is asked of nobody in particular.
 */
export interface RuleContext {
  readonly path: string
  readonly of: 'read' | 'record' | 'creation' | 'field' | 'user' | 'membership'
  /** The rule of reading of the field whose rule it is. */
  readonly alike?: unknown
}
type Users = ReadonlyMap<string, FieldInfo>
interface TermContext extends RuleContext {
  readonly resource: AnyResource
  readonly context: Context
  readonly users: Users
}
type At = readonly [path: string, finding: Finding]

const found = (what: string, hint: string): Finding => ({ what, hint })

/** The database fills these in, so a rule of creation cannot know them. */
const isMadeLater = ({ name, computed, counts }: FieldInfo) =>
  computed || counts || ['id', 'created_at', 'updated_at'].includes(name)

const hiddenFinding = ({ name }: FieldInfo): Finding =>
  name === 'deleted_at'
    ? found('asks for deleted_at, which soft_delete asks for by itself', 'leave deleted_at out')
    : found(
        `asks for ${name}, which never leaves the server: who is shown a record would learn of it`,
        `ask for another field than ${name}`
      )

/** Whether a field is there shows whether its rule holds, so the rule asks for nothing that is hidden from others. */
const guardedFinding = ({ name, read }: FieldInfo, alike: unknown): Finding | undefined =>
  read === true || JSON.stringify(read) === JSON.stringify(alike)
    ? undefined
    : found(
        `asks for ${name}, which not every reader may read: they would learn of it`,
        `ask for another field than ${name}, or give both the same rule of reading`
      )

/** Whoever calls is known by what they are a member of, and not the other way round. */
const ofCaller = found(
  'asks of the caller, and says of everybody what they are a member of',
  'ask for columns of the record only'
)

const columnFinding = (
  name: string,
  field: FieldInfo | undefined,
  { context, of, alike }: TermContext
): Finding | undefined => {
  if (name.startsWith('$'))
    return found(`has ${name} inside a clause`, 'write a list of clauses, of which any may hold')
  if (of === 'user')
    return found(
      `asks ${name} of the record, and there is none`,
      `leave ${name} out: only $user can be asked here`
    )
  if (!field) return found(`asks for ${name}, which is not a field`, instead(name, context.fields.keys()))
  if (field.hidden) return hiddenFinding(field)
  if (!isIndexable(field))
    return found(
      `asks for ${name}, a ${field.type}`,
      `ask for a column with one plain value in place of ${name}`
    )

  if (of === 'field') return guardedFinding(field, alike)

  return of === 'creation' && isMadeLater(field)
    ? found(
        `asks for ${name}, which is not known before the record is created`,
        `leave ${name} out of the rule`
      )
    : undefined
}

/** Rules that have the records at hand that theirs refer to. */
const FOLLOWING: readonly RuleContext['of'][] = ['read', 'record', 'creation']

const valueFinding = (
  field: FieldInfo,
  term: unknown,
  { resource, context, users, of, path }: TermContext
): Finding | undefined => {
  if (!isParentTerm(term))
    return (
      propertyFinding(userRef(term), context) ??
      termFinding(field, term, users) ??
      boundFinding(resource, field, term, context)
    )

  return FOLLOWING.includes(of)
    ? parentFinding(resource, field, term, path, context.byName)
    : found(
        `asks the parent by ${field.name}, which only rules of records can`,
        `write what it asks of ${field.name} itself`
      )
}

const userFindings = (path: string, terms: unknown, { users, context }: TermContext): At[] => {
  if (!isObject(terms))
    return [[path, found(`has $user: ${shown(terms)}`, "write $user: { role: 'admin' }, or authenticated")]]

  return Object.entries(terms).flatMap(([property, term]) => {
    const finding = propertyFinding(property, context) ?? userTermFinding(property, term, users)
    return finding ? [[`${path}.${property}`, finding] as const] : []
  })
}

const clauseFindings = (path: string, clause: unknown, asking: TermContext): At[] => {
  if (!isObject(clause)) {
    const hint = 'write true, false, a clause such as { user_id: $user.id }, or a list of clauses'
    return [[path, found(`has ${shown(clause)} where a clause belongs`, hint)]]
  }
  if (Object.keys(clause).length === 0)
    return [[path, found('is empty and so lets everybody in', 'write anyone, or what it should ask')]]

  return Object.entries(clause).flatMap(([name, term]) => {
    if (asking.of === 'membership' && (name === '$user' || userRef(term)))
      return [[`${path}.${name}`, ofCaller]]
    if (name === '$user') return userFindings(`${path}.$user`, term, asking)
    const field = asking.context.fields.get(name)
    const finding = columnFinding(name, field, asking) ?? valueFinding(field!, term, asking)

    return finding ? [[`${path}.${name}`, finding] as const] : []
  })
}

const clausesAt = (path: string, rule: unknown): [string, unknown][] =>
  Array.isArray(rule) ? rule.map((clause, index) => [`${path}[${index}]`, clause]) : [[path, rule]]

const usersOf = ({ byName }: Context): Users => {
  const users = byName.get(USERS)
  return new Map((users ? fieldsOf(users) : []).map((field) => [field.name, field]))
}

/** What is wrong with one rule, wherever in the declaration it stands. */
export const ruleProblems = (
  resource: AnyResource,
  context: Context,
  asked: RuleContext,
  rule: unknown
): Problem[] => {
  if (rule === undefined || typeof rule === 'boolean') return []
  const asking = { ...asked, resource, context, users: usersOf(context) }

  return clausesAt(asked.path, rule)
    .flatMap(([path, clause]) => clauseFindings(path, clause, asking))
    .map(([path, { what, hint }]) => problem(resource, path, `${asked.path} ${what}`, hint))
}
