import { ID_TYPES } from '../../column-types'
import { shown } from './problem'
import { schemaShape } from './schema-shape'
import type { Shape } from './shapes'
import { anything, code, either, flag, keys, list, map, text, word } from './shapes'
import { isObject } from '../../../util/is-object'

/** Its terms are looked at where rules are. */
const clause: Shape = (path, value) =>
  isObject(value)
    ? []
    : [{
        path, what: `${path} has ${shown(value)} where a clause belongs`,
        hint: 'write true, false, a clause such as { user_id: $user.id }, or a list of clauses'
      }] // prettier-ignore
const rule: Shape = either({
  list: list(clause),
  else: (path, value) => (typeof value === 'boolean' ? [] : clause(path, value))
})

const names = list(text)
const versioned: Shape = (path, value) => (typeof value === 'boolean' ? [] : word('required')(path, value))
const path = { path: text }
const method = word('POST', 'PUT', 'PATCH', 'DELETE')

export const transition = keys(
  {
    from: either({ list: names, else: text }),
    to: text,
    access: rule,
    set: map(anything),
    http: keys({ method, ...path }),
    summary: text,
    run: code
  },
  ['from', 'to', 'access']
)
export const action = keys(
  {
    on: word('record', 'collection'),
    input: schemaShape,
    output: schemaShape,
    access: rule,
    transaction: flag,
    http: keys({ method, ...path, status: anything }),
    summary: text,
    run: code
  },
  ['input', 'access', 'run']
)
export const report = keys(
  {
    input: schemaShape,
    output: schemaShape,
    as_list: either({ object: keys({ without: names }, ['without']), else: anything }),
    bytes: flag,
    access: rule,
    http: keys(path),
    summary: text,
    run: code
  },
  ['input', 'access', 'run']
)

const membership = either({
  object: keys({ by: text, value: text, where: either({ list: list(clause), else: clause }) }, ['by']),
  else: text
})

const pace = { requests: anything, window: anything }
const rate = keys({ ...pace, operations: map(keys({ ...pace, cost: anything })) })

/** A field without a schema is reported with an example of one. */
const field: Shape = (at, value) =>
  isObject(value)
    ? schemaShape(at, value)
    : [{ path: at, what: `${at.split('.').at(-1)} is ${shown(value)}, not a schema`, hint: `write ${at.split('.').at(-1)}: text() or another type` }] // prettier-ignore

/** Every key that a declaration can have, at every level. `docs/resource.md` explains each; a test compares them. */
export const SPEC = keys({
  description: text,
  id: word(...ID_TYPES),
  timestamps: flag,
  versioned,
  soft_delete: flag,
  path: text,
  was: text,
  table: flag,
  fields: map(field),
  access: keys({
    read: rule,
    create: rule,
    update: rule,
    remove: rule,
    fields: map(keys({ read: rule, write: rule }))
  }),
  relations: map(keys({ one: text, many: text, through: text, by: text, to: text })),
  indexes: list(either({ list: names, else: text })),
  unique: list(list(text, "unique(…) around the field, or unique: [['a', 'b']]")),
  checks: map(either({ object: keys({ sql: text, message: text }, ['sql', 'message']), else: anything })),
  search: names,
  audited: either({ object: keys({ days: anything }), else: anything }),
  retention: either({ object: keys({ days: anything, after: text }), else: anything }),
  source: text,
  members: map(membership),
  large: flag,
  states: keys({ field: text, initial: names, transitions: map(transition) }, ['field', 'transitions']),
  create: keys({ input: schemaShape, output: schemaShape, run: code }, ['input', 'run']),
  actions: map(action),
  reports: map(report),
  aggregates: flag,
  bulk: keys({ update: anything, remove: anything }),
  limits: keys({ page: keys({ default: anything, max: anything }), batch: anything, body: anything, rate }),
  cache: keys({ public: anything, private: anything, server: anything }),
  versions: map(
    keys({
      fields: map(
        keys(
          { from: either({ list: names, else: text }), schema: schemaShape, answer: code, request: code },
          ['from']
        )
      ),
      without: names
    })
  ),
  signed_links: either({ list: names, else: anything }),
  interactive_only: either({ list: names, else: anything }),
  hooks: anything
})
