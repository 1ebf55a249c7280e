import type { AnyResource } from '../any-resource'
import type { Context, Problem } from './shared/problem'
import type { RuleContext } from './shared/rule'
import { ruleProblems } from './shared/rule'

type Placed = readonly [asked: RuleContext, rule: unknown]

/** Every rule of an operation, and where it stands. */
export const rulesOf = ({ spec }: AnyResource): Placed[] => {
  const { access, create, states, actions = {}, reports = {} } = spec

  return [
    [{ path: 'access.read', of: 'read' }, access.read],
    // A creation by code of its own is asked before there is any record.
    [{ path: 'access.create', of: create ? 'user' : 'creation' }, access.create],
    [{ path: 'access.update', of: 'record' }, access.update],
    [{ path: 'access.remove', of: 'record' }, access.remove],
    ...Object.entries(states?.transitions ?? {}).map(([name, { access }]): Placed => [
      { path: `states.transitions.${name}.access`, of: 'record' },
      access
    ]),
    ...Object.entries(actions).map(([name, { access, on }]): Placed => [
      { path: `actions.${name}.access`, of: on === 'collection' ? 'user' : 'record' },
      access
    ]),
    ...Object.entries(reports).map(([name, { access }]): Placed => [
      { path: `reports.${name}.access`, of: 'user' },
      access
    ])
  ]
}

/**
 * Rules become SQL, and are asked of rows in memory. They ask of columns that exist, in terms that mean the same in both.
 */
export const rules = (resource: AnyResource, context: Context): Problem[] =>
  rulesOf(resource).flatMap(([asked, rule]) => ruleProblems(resource, context, asked, rule))
