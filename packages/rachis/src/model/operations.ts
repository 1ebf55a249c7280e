import { Type } from '@feathersjs/typebox'
import type { TSchema } from '@feathersjs/typebox'
import type { Action, AnyResource, AnyRule, Report, Terms } from '../declare'
import { clausesOf } from '../declare'
import { derivedBodyLimit } from './body-limit'
import { singular } from '../util/singular'
import { withStrictInput } from './strict-input'

export type Access = 'read' | 'create' | 'update' | 'remove'
/** The lowered rules of a resource: any clause of a list may hold. */
export type Rules = Readonly<Record<Access, readonly Terms[]>>

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type OperationKind =
  | 'find' | 'get' | 'create' | 'update' | 'patch' | 'remove'
  | 'restore' | 'transition' | 'action' | 'report' | 'history' // prettier-ignore

/** What an address of its own takes or answers: a list by page numbers, several records, some of a record's fields. */
export type Form = 'pages' | 'bulk' | 'select'

/** One thing that a client can do with a resource, on whichever transport. */
export interface Operation {
  readonly resource: string
  /** Name of the service method. */
  readonly name: string
  readonly kind: OperationKind
  /** The address of one of its shapes, where it has several: see forms.ts. */
  readonly form?: Form
  /** Called on one record, whose id is in the path (REST) or in `data.id` (sockets; the first argument of Feathers' own methods). */
  readonly onRecord: boolean
  readonly http: { readonly method: HttpMethod; readonly path: string; readonly status: number }
  readonly rule: readonly Terms[]
  readonly summary: string
  /** Schema of the body, or of a report's query; Feathers' own methods take theirs from the fields. */
  readonly input?: TSchema
  /** Schema of the answer, where it is not the record. */
  readonly output?: TSchema
  /** It takes what the resource's own list takes as well, except for these parameters, and answers as that does. */
  readonly asList?: { readonly without: readonly string[] }
  readonly transaction: boolean
  /** Bytes that its body may have; undefined where the setting `body_limit` holds. */
  readonly bodyLimit?: number
  /** For those who signed in themselves: no API key can be allowed it. */
  readonly inPerson?: boolean
  /** A link that somebody signed may stand for his token. */
  readonly linkable?: boolean
  readonly run?: Action<unknown, TSchema>['run'] | Report<TSchema>['run']
}

const titled = (name: string) => name.replace(/_/g, ' ')
/** `order_items` → `an order item`: lists of operations show a summary without the resource beside it. */
const oneOf = (resource: string) => {
  const one = titled(singular(resource))
  return `${/^[aeio]/.test(one) ? 'an' : 'a'} ${one}`
}
/** `kpi` of `inventory` → `Kpi (inventory)` */
const named = (name: string, resource: string) =>
  `${titled(name).replace(/^./, (letter) => letter.toUpperCase())} (${titled(resource)})`
const NOTHING = Type.Object({}, { additionalProperties: false })

const crud = (
  resource: string,
  path: string,
  rules: Rules,
  isDeclared: (access: keyof Rules) => boolean
): Operation[] => {
  const one = `/${path}/{id}`
  const base = { resource, transaction: false }
  const operation = (
    kind: OperationKind,
    access: keyof Rules,
    method: HttpMethod,
    at: string,
    status: number,
    summary: string
  ) =>
    isDeclared(access)
      ? [
          {
            ...base,
            name: kind,
            kind,
            onRecord: at === one,
            http: { method, path: at, status },
            rule: rules[access],
            summary
          }
        ]
      : []

  return [
    ...operation('find', 'read', 'GET', `/${path}`, 200, `List ${titled(resource)}`),
    ...operation('get', 'read', 'GET', one, 200, `Get ${oneOf(resource)}`),
    ...operation('create', 'create', 'POST', `/${path}`, 201, `Create ${oneOf(resource)}`),
    ...operation('update', 'update', 'PUT', one, 200, `Replace ${oneOf(resource)}`),
    ...operation('patch', 'update', 'PATCH', one, 200, `Change some fields of ${oneOf(resource)}`),
    ...operation('remove', 'remove', 'DELETE', one, 200, `Remove ${oneOf(resource)}`)
  ]
}

/** A creation by the declaration's own code takes the data that the code says. */
const creation = ({ spec: { create } }: AnyResource, operation: Operation): Operation =>
  operation.kind === 'create' && create
    ? { ...operation, input: create.input, output: create.output, transaction: true }
    : operation

const restore = (resource: string, path: string, { remove }: Rules): Operation => ({
  resource,
  name: 'restore',
  kind: 'restore',
  onRecord: true,
  http: { method: 'POST', path: `/${path}/{id}/restore`, status: 200 },
  rule: remove.map(({ deleted_at: _, ...clause }) => clause),
  summary: `Bring ${oneOf(resource)} back that was removed`,
  input: NOTHING,
  transaction: false
})

const userId = Type.Unsafe<number | string | null>({
  type: ['integer', 'string', 'null'],
  description: 'An id of users, in the type that ids of users have.'
})
const entry = Type.Object({
  position: Type.Integer(),
  event: Type.String(),
  action: Type.Union([Type.String(), Type.Null()]),
  user_id: userId,
  impersonator_id: userId,
  at: Type.String({ format: 'date-time' }),
  changes: Type.Record(Type.String(), Type.Object({ from: Type.Unknown(), to: Type.Unknown() }))
})
const HISTORY = {
  input: Type.Object(
    {
      limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
      skip: Type.Integer({ minimum: 0, maximum: 1000, default: 0 })
    },
    { additionalProperties: false }
  ),
  output: Type.Object({
    total: Type.Integer(),
    limit: Type.Integer(),
    skip: Type.Integer(),
    data: Type.Array(entry)
  })
}

/** For whoever may read a record, and of a removed one for whoever could remove it: which of them it is, the record says. */
const history = (resource: string, path: string, { read, remove }: Rules): Operation => ({
  resource,
  name: 'history',
  kind: 'history',
  onRecord: true,
  http: { method: 'GET', path: `/${path}/{id}/history`, status: 200 },
  rule: [...read, ...remove].map(({ deleted_at: _, ...clause }) => clause),
  summary: `Who changed what of ${oneOf(resource)}, and when: the last thousand changes, newest first`,
  ...HISTORY,
  transaction: false
})

const transitions = ({ name: resource, spec }: AnyResource, path: string, lowered: Lower): Operation[] =>
  Object.entries(spec.states?.transitions ?? {}).map(([name, { access, to, http, summary }]) => ({
    resource,
    name,
    kind: 'transition',
    onRecord: true,
    http: { method: http?.method ?? 'POST', path: `/${path}/{id}/${http?.path ?? name}`, status: 200 },
    rule: lowered(access),
    summary: summary ?? `Make ${oneOf(resource)} ${titled(to)}`,
    input: NOTHING,
    transaction: true
  }))

const actions = ({ name: resource, spec }: AnyResource, path: string, lowered: Lower): Operation[] =>
  Object.entries(spec.actions ?? {}).map(([name, action]) => {
    const onRecord = action.on !== 'collection'

    return {
      resource,
      name,
      kind: 'action',
      onRecord,
      http: {
        method: action.http?.method ?? 'POST',
        path: `/${path}${onRecord ? '/{id}' : ''}/${action.http?.path ?? name}`,
        status: action.http?.status ?? 200
      },
      rule: lowered(action.access as AnyRule),
      summary: action.summary ?? named(name, resource),
      input: action.input,
      output: action.output,
      transaction: action.transaction !== false,
      run: action.run
    }
  })

const reports = ({ name: resource, spec }: AnyResource, path: string): Operation[] =>
  Object.entries(spec.reports ?? {}).map(([name, report]) => ({
    resource,
    name,
    kind: 'report',
    onRecord: false,
    http: { method: 'GET', path: `/${path}/${report.http?.path ?? name}`, status: 200 },
    rule: clausesOf(report.access as AnyRule),
    summary: report.summary ?? named(name, resource),
    input: report.input,
    output: report.output,
    ...(report.as_list
      ? { asList: { without: [], ...(report.as_list === true ? {} : report.as_list) } }
      : {}),
    transaction: false,
    run: report.run
  }))

const linkable = ({ spec: { links } }: AnyResource, operation: Operation): Operation =>
  links?.includes(operation.name) ? { ...operation, linkable: true } : operation

const inPerson = ({ spec: { in_person } }: AnyResource, operation: Operation): Operation =>
  in_person === true || in_person?.includes(operation.name) ? { ...operation, inPerson: true } : operation

const limited = ({ spec: { limits } }: AnyResource, operation: Operation): Operation => {
  const bodyLimit = limits?.body ?? derivedBodyLimit(operation)

  return bodyLimit === undefined ? operation : { ...operation, bodyLimit }
}

/** A rule as written → with its literals in the form that rows have. */
type Lower = (rule: AnyRule) => readonly Terms[]

/** Declaration → what clients can do. An access rule that is missing offers no operation at all. */
export const operationsOf = (
  resource: AnyResource,
  rules: Rules,
  lowered: Lower = clausesOf
): Operation[] => {
  const { name, spec } = resource
  const path = spec.path ?? name
  const hasTable = spec.table !== false
  const isDeclared = (access: keyof Rules) => hasTable && spec.access[access] !== undefined

  return [
    ...crud(name, path, rules, isDeclared).map((operation) => creation(resource, operation)),
    ...(spec.soft_delete && isDeclared('remove') ? [restore(name, path, rules)] : []),
    ...(spec.audited && isDeclared('read') ? [history(name, path, rules)] : []),
    ...transitions(resource, path, lowered),
    ...actions(resource, path, lowered),
    ...reports(resource, path)
  ].map((operation) => limited(resource, linkable(resource, inPerson(resource, withStrictInput(operation)))))
}
