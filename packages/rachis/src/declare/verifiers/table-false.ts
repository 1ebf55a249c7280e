import type { AnyResource, AnySpec } from '../any-resource'
import type { Problem } from './shared/problem'
import { problem } from './shared/problem'

/** What is said of records. */
const OF_RECORDS = [
  'was',
  'states',
  'relations',
  'indexes',
  'unique',
  'checks',
  'search',
  'large',
  'soft_delete',
  'versioned',
  'create',
  'members',
  'audited',
  'source'
] as const
const isSaid = (value: unknown) => value !== undefined && value !== false

const pathsOf = (spec: AnySpec): string[] => [
  ...Object.keys(spec.fields).map((name) => `fields.${name}`),
  ...Object.entries(spec.access).filter(([, rule]) => isSaid(rule)).map(([name]) => `access.${name}`),
  ...OF_RECORDS.filter((key) => isSaid(spec[key]))
] // prettier-ignore

const actionProblems = (resource: AnyResource): Problem[] =>
  Object.entries(resource.spec.actions ?? {})
    .filter(([, { on }]) => on !== 'collection')
    .map(([name]) =>
      problem(
        resource,
        `actions.${name}.on`,
        `${name} is called on a record, and there are none`,
        `write on: 'collection' in ${name}`
      )
    )

const idle = (resource: AnyResource): Problem[] => {
  const { actions = {}, reports = {} } = resource.spec
  const isIdle = Object.keys({ ...actions, ...reports }).length === 0

  return isIdle
    ? [
        problem(
          resource,
          'table',
          'has no table, no actions and no reports',
          'write actions or reports, or take table: false off'
        )
      ]
    : []
}

/** A resource without a table has actions and reports only. */
export const tableFalse = (resource: AnyResource): Problem[] =>
  resource.spec.table === false
    ? [
        ...pathsOf(resource.spec).map((path) =>
          problem(
            resource,
            path,
            `${path} is said of records, and there is no table for them`,
            `leave ${path} out, or take table: false off`
          )
        ),
        ...actionProblems(resource),
        ...idle(resource)
      ]
    : []
