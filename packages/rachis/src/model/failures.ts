import type { FieldInfo } from '../declare'
import { alternativesOf, isPresence } from '../declare/predicate'
import type { Operation } from './operation'
import { alsoRemoved } from './rules'

type Described = Pick<Operation, 'rule' | 'data' | 'target' | 'http' | 'effect' | 'ifMatch' | 'groups'>
type Fields = ReadonlyMap<string, FieldInfo>

const isOpenToAll = (rule: Operation['rule']) => alsoRemoved(rule).kind === 'true'
const isForSignedIn = (rule: Operation['rule']) =>
  alternativesOf(rule).some((conditions) => conditions.length === 1 && conditions.every(isPresence))

const hasGuardedFields = (fields: Fields) =>
  [...fields.values()].some(({ read, write }) => read !== true || write !== true)

/** Who is not signed in is asked to; who is may still be refused, unless anyone who is signed in may. */
const mayBeForbidden = (fields: Fields, { rule, data, groups }: Described) =>
  !(isOpenToAll(rule) || isForSignedIn(rule)) ||
  ((data !== 'input' || groups === true) && hasGuardedFields(fields))

/** The statuses that an operation can fail with. Any can be told that its token is bad, what it sent, or what it accepts. */
export const failuresOf = (fields: Fields, operation: Described): number[] => [
  ...[400, 401, 406],
  ...(mayBeForbidden(fields, operation) ? [403] : []),
  ...(operation.target === 'record' ? [404] : []),
  ...(operation.http.method === 'GET' ? [] : [409, 413, 415]),
  ...(operation.effect === 'read' || operation.ifMatch ? [412] : []),
  ...(operation.ifMatch === 'required' ? [428] : []),
  ...[422, 429, 500, 503]
]
