import type { AnyResource } from '../any-resource'
import type { Context, Problem } from './shared/problem'
import { problem } from './shared/problem'
import { rulesOf } from './rules'

type Placed = readonly [path: string, value: unknown]

/** Rules are plain data, so a user that they ask of is a key of theirs. */
const asksOfUser = (value: unknown): boolean => (JSON.stringify(value) ?? '').includes('"$user":')

const fieldRules = ({ spec }: AnyResource): Placed[] =>
  Object.entries(spec.access.fields ?? {}).map(([name, rules]) => [`access.fields.${name}`, rules])

const setByTransitions = ({ spec }: AnyResource): Placed[] =>
  Object.entries(spec.states?.transitions ?? {}).map(([name, { set }]): Placed => [
    `states.transitions.${name}.set`,
    set
  ])

/** Where no module says who calls, a rule that asks of the user lets nobody in. Most likely a module was forgotten. */
export const callers = (resource: AnyResource, { isAnonymous }: Context): Problem[] => {
  if (!isAnonymous) return []
  const rules = rulesOf(resource).map(([{ path }, rule]): Placed => [path, rule])

  return [...rules, ...fieldRules(resource), ...setByTransitions(resource)]
    .filter(([, value]) => asksOfUser(value))
    .map(([path]) =>
      problem(
        resource,
        path,
        `${path} asks who calls, and no module says it`,
        'write createApp({ modules: [accounts] }), or another module with the part identity'
      )
    )
}
