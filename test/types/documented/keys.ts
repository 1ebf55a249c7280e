/**
 * An example of each key of a declaration, as it is written beside those of `BASE`. docs/keys.md shows what each makes; an example named
 * `key: what` is one of several of that key.
 */
export const BASE = `{
  fields: { title: text({ maxLength: 200 }), stock: integer(), user_id: owner('users') },
  access: { read: mine, create: authenticated, update: mine, remove: mine }
}`

/** What the examples take for granted. */
export const MINE = 'const mine = { user_id: $user.id }'

export const KEYS: Readonly<Record<string, string>> = {
  description: `description: 'What somebody has'`,
  id: `id: 'uuid'`,
  timestamps: `timestamps: false`,
  versioned: `versioned: true`,
  soft_delete: `soft_delete: true`,
  path: `path: 'my/things'`,
  was: `was: 'objects'`,
  table: `table: false`,
  'fields: text, one of some words': `fields: { size: oneOf('small', 'large') }`,
  'fields: numbers': `fields: { pieces: integer({ minimum: 0 }), price: money({ minimum: 0 }), weight: Type.Number() }`,
  'fields: times and days': `fields: { due: timestamp(), born: Type.String({ format: 'date' }) }`,
  'fields: yes or no, lists and objects': `fields: { done: boolean(), tags: textArray(), details: json() }`,
  'fields: a reference': `fields: { user_id: owner('users'), helper_id: nullable(belongsTo('users', { on_delete: 'set null' })) }`,
  'fields: null and a default': `fields: { note: nullable(text()), colour: withDefault(text({ maxLength: 20 }), 'red') }`,
  'fields: unique': `fields: { code: unique(text({ maxLength: 50 })) }`,
  'fields: one case': `fields: { sku: upper(text({ maxLength: 50 })) }`,
  'fields: who writes it': `fields: { code: immutable(text()), seen_at: nullable(readOnly(timestamp())), pin: nullable(writeOnly(text({ maxLength: 8 }))) }`,
  'fields: computed': `fields: { stock: integer(), is_there: computed(boolean(), 'stock > 0') }`,
  'fields: renamed': `fields: { title: renamed(text({ maxLength: 200 }), 'name') }`,
  access: `access: { read: [mine, role('manager')], create: authenticated, fields: { stock: { read: mine } } }`,
  relations: `relations: { user: { one: 'user_id' } }`,
  indexes: `indexes: ['stock', ['user_id', 'created_at']]`,
  unique: `unique: [['user_id', 'title']]`,
  checks: `checks: { in_bounds: 'stock <= 1000' }`,
  search: `search: ['title']`,
  audited: `audited: { days: 30 }`,
  retention: `retention: { days: 30 }, indexes: ['created_at']`,
  source: `source: 'legacy_things'`,
  members: `members: { thing_ids: 'user_id' }`,
  large: `large: true, indexes: ['stock', 'title', 'created_at', 'updated_at']`,
  states: `fields: { status: state('open', 'done') },
states: { field: 'status', transitions: { finish: { from: 'open', to: 'done', access: mine } } }`,
  create: `create: {
  input: Type.Object({ title: Type.String() }),
  run: async ({ title }, { table, user }) => (await table().insert({ title, stock: 0, user_id: user!.id }).returning('*'))[0]
}`,
  actions: `actions: {
  refill: {
    input: Type.Object({ by: Type.Integer() }),
    access: mine,
    run: ({ by }, { record, table }) => table().where({ id: record.id }).increment('stock', by)
  }
}`,
  reports: `reports: {
  totals: {
    input: Type.Object({}),
    output: Type.Object({ stock: Type.Integer() }),
    access: role('admin'),
    run: async (_input, { table }) => (await table().sum('stock'))[0]
  }
}`,
  aggregates: `aggregates: false`,
  bulk: `bulk: { update: 100 }`,
  limits: `limits: { page: { default: 10, max: 20 }, batch: 5 }`,
  cache: `cache: { private: 10 }`,
  versions: `versions: { 1: { fields: { title: { from: 'name' } } } }`,
  signed_links: `signed_links: ['get']`,
  interactive_only: `interactive_only: ['remove']`,
  hooks: `hooks: { before: { create: [async (context) => void (context.data.title ??= 'New')] } }`
}

/** What examples do that no table, route, event or right shows. */
export const SAID: Readonly<Record<string, string>> = {
  description: 'It stands in `/openapi.json`, `/asyncapi.json` and the types of GraphQL.',
  was: 'The next migration renames the table and what is named after it, and keeps its records ([migrations](migrations.md#renames)).',
  'fields: renamed':
    'The next migration renames the column and keeps its values ([migrations](migrations.md#renames)).',
  relations:
    'Lists, records and writes take `include=user`, lists filter by `user.username=…`, and GraphQL has the field `user`. `many` follows a key from its other end, `through` a [join resource](resource.md#many-to-many).',
  retention:
    'A process that serves removes records that are older, some at a time, as anybody could: readers are told.',
  members:
    'Users have the property `thing_ids`, which lists the ids of the records whose `user_id` they are; rules of other resources use it: `{ thing_id: { $in: $user.thing_ids } }` ([memberships](resource.md#memberships)).',
  large: 'The start stops while a field that can be filtered has no index.',
  limits: 'A list has 10 records unless its caller says otherwise, and 20 at most; one creation takes 5.',
  create: 'What a creation takes and does is the code’s.',
  cache: 'Answers to reads say `Cache-Control: private, max-age=10` ([caching](caching.md)).',
  versions:
    'Where the API has a version 1 beside the present one, `title` is called `name` there: in bodies, filters, sorts, errors and events ([versions](versions.md)).',
  signed_links:
    'Whoever may read a record can have a link signed by which others read it without signing in ([signed links](signed-links.md)).',
  interactive_only: 'No API key can be allowed to remove a record.',
  hooks: 'The hook runs in the transaction of each creation, behind the checks of what was sent.'
}
