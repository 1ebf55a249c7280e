import type { AnyResource, AnySpec } from '../any-resource'
import { clausesOf, isParentTerm } from '../clauses'
import type { Finding, Problem } from './shared/problem'
import { problem, shown } from './shared/problem'
import { isObject } from '../../util/is-object'

type Kind = 'update' | 'remove'
const KINDS: readonly Kind[] = ['update', 'remove']

const followsParent = ({ access }: AnySpec, kind: Kind) =>
  clausesOf(access[kind]).some((clause) => isObject(clause) && Object.values(clause).some(isParentTerm))

const finding = (spec: AnySpec, kind: Kind): Finding | undefined => {
  const most: unknown = spec.bulk?.[kind]
  if (!Number.isSafeInteger(most) || (most as number) < 1)
    return { what: `bulk.${kind} is ${shown(most)}`, hint: `write how many records one call may ${kind}` }
  if (spec.table === false || spec.source || spec.access[kind] === undefined)
    return {
      what: `bulk.${kind} is declared, and no record can be ${kind}d`,
      hint: `write access.${kind}, or leave bulk.${kind} out`
    }
  if (spec.versioned === 'required')
    return {
      what: `bulk.${kind} would write many records without If-Match, which versioned requires`,
      hint: 'write versioned: true, or leave bulk out'
    }
  if (spec.hooks)
    return {
      what: `bulk.${kind} would pass by the hooks, which know one record`,
      hint: 'leave bulk out, or do what the hooks do by a rule, a check or an action'
    }

  return followsParent(spec, kind)
    ? {
        what: `bulk.${kind} needs a rule that asks of the record itself, and access.${kind} follows its parent`,
        hint: `leave bulk.${kind} out`
      }
    : undefined
}

/** One statement changes many records: what has to be asked of each by itself has no place in it. */
export const bulk = (resource: AnyResource): Problem[] =>
  KINDS.filter((kind) => resource.spec.bulk?.[kind] !== undefined).flatMap((kind) => {
    const found = finding(resource.spec, kind)
    return found ? [problem(resource, `bulk.${kind}`, found.what, found.hint)] : []
  })
