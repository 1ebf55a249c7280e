import {
  $user, asParent, authenticated, belongsTo, readOnly, role, Type, writeOnly
} from '../../packages/rachis/src/declare' // prettier-ignore
import {
  access,
  action,
  base,
  fields,
  indexed,
  join,
  mail,
  read,
  report,
  run,
  short,
  step,
  refuses
} from './notes'

describe('the verifiers of operations and options', () =>
  refuses({
  inputs: [
    [action({ input: Type.String() }), 'actions.go.input', 'Type.Object'],
    [action({ input: undefined }), 'actions.go.input', 'no input'],
    [action({ input: Type.Object({ id: Type.Integer() }) }), 'actions.go.input', 'data.id'],
    [report({ input: Type.Array(Type.String()) }), 'reports.sum.input', 'not an object'],
    [{ ...base, create: { input: Type.String(), run: async () => ({ id: 1 }) } }, 'create.input', 'not an object'],
    [action({ input: Type.Object({ a: Type.Integer({ const: 10n }) }) }), 'actions.go.input.properties.a.const', '10, not a value of JSON'],
    [action({ input: Type.Object({ a: Type.Integer({ default: () => 1 }) }) }), 'actions.go.input.properties.a.default', 'not a value of JSON'],
    [report({ output: Type.Object({ a: Type.Integer({ examples: [10n] }) }) }), 'reports.sum.output.properties.a.examples[0]', 'not a value of JSON']
  ],
  'http-paths': [
    [action({ http: { path: '/go' } }), 'actions.go.http.path', 'no slash around'],
    [step({ http: { path: 'Done' } }), 'states.transitions.finish.http.path', 'words between slashes'],
    [action({ http: { path: 'to/{place}' }, input: Type.Object({ place: Type.String() }) }), 'actions.go.http.path', "the part '{place}'"],
    [report({ http: { path: '{id}/x' }, input: Type.Object({ id: Type.Integer() }) }), 'reports.sum.http.path', 'another name'],
    [report({ http: { path: 'role/{rloe}' }, input: Type.Object({ role: Type.String() }) }), 'reports.sum.http.path', 'did you mean role?']
  ],
  'unique-paths': [
    [action({}, 'patch'), 'actions.patch', 'every service has already'],
    [action({}, 'emit'), 'actions.emit', 'every service'],
    [action({}, 'read'), 'actions.read', 'permission of API keys', 'such as mark_read'],
    [report({}, 'write'), 'reports.write', 'permission of API keys'],
    [report({}, 'hooks'), 'reports.hooks', 'every service'],
    [action({}, 'removed'), 'actions.removed', 'every service has already'],
    [{ ...action({}, 'history'), access: { read: true }, audited: { days: 9 } }, 'actions.history', 'audited'],
    [report({}, 'constructor'), 'reports.constructor', 'every service'],
    [{ ...step({}), ...action({}, 'finish'), states: step({}).states }, 'actions.finish', 'states.transitions.finish'],
    [{ ...action({ http: { method: 'PATCH' } }, 'end'), states: step({ http: { method: 'PATCH', path: 'end' } }).states }, 'actions.end', 'PATCH /notes/{id}/end', 'finish of notes'],
    [{ ...action({}, 'restore'), soft_delete: true, access: { remove: true } }, 'actions.restore', 'soft_delete'],
    [{ ...base, reports: { a: { input: Type.Object({}), output: Type.Object({}), run, access: true, http: { path: 'c' } }, b: { input: Type.Object({}), output: Type.Object({}), run, access: true, http: { path: 'c' } } } }, 'reports.b', 'GET /notes/c', 'a of notes'],
    [{ ...report({ http: { path: '{key}' }, input: Type.Object({ key: Type.String() }) }), access: { read: true } }, 'reports.sum', 'get of notes'],
    [{ ...report({}, 'pages'), access: { read: true } }, 'reports.pages', 'GET /notes/pages, which find of notes'],
    [{ ...base, path: 'folders' }, 'path', 'the path of folders']
  ],
  'soft-delete': [
    [{ ...action({}, 'restore'), soft_delete: true }, 'actions.restore', 'write access.remove']
  ],
  'table-false': [
    [{ ...mail.spec, fields: { a: short } }, 'fields.a', 'leave fields.a out'],
    [{ ...mail.spec, access: { read: true } }, 'access.read', 'no table'],
    [{ ...mail.spec, soft_delete: true }, 'soft_delete', 'no table'],
    [{ ...mail.spec, audited: { days: 9 } }, 'audited', 'no table'],
    [{ ...mail.spec, actions: { a: { input: Type.Object({}), output: Type.Object({}), run, access: true } } }, 'actions.a.on', "on: 'collection'"],
    [{ table: false }, 'table', 'no actions and no reports']
  ],
  large: [
    [{ ...base, large: true, indexes: [...indexed.filter((name) => name !== 'price'), 'created_at', 'updated_at'] }, 'fields.price', "add 'price' to indexes"],
    [{ ...base, large: true, indexes: [...indexed.filter((name) => name !== 'rank'), ['created_at', 'rank'], 'updated_at'] }, 'fields.rank', 'begins with it']
  ],
  limits: [
    [{ ...base, limits: { page: { default: 20, max: 10 } } }, 'limits.page.default', 'default: 10'],
    [{ ...base, limits: { page: { max: 10 } } }, 'limits.page.default', '50 records by default'],
    [{ ...base, limits: { page: { max: -1 } } }, 'limits.page.max', 'above 0'],
    [{ ...base, limits: { batch: 1.5 } }, 'limits.batch', '1.5'],
    [{ ...base, limits: { body: 0 } }, 'limits.body', 'above 0']
  ],
  bulk: [
    [{ ...base, access: { update: true }, bulk: { update: 0 } }, 'bulk.update', 'how many'],
    [{ ...base, access: { update: true }, bulk: { remove: 5 } }, 'bulk.remove', 'access.remove'],
    [{ ...base, access: { update: true }, bulk: { update: 5 }, hooks: {} }, 'bulk.update', 'hooks'],
    [{ ...base, access: { update: { user_id: asParent } }, bulk: { update: 5 } }, 'bulk.update', 'parent']
  ],
  retention: [
    [{ ...base, retention: { days: 0 } }, 'retention.days', 'above 0'],
    [{ ...base, retention: {} }, 'retention.days', 'above 0'],
    [{ ...base, retention: { days: 9 } }, 'retention', "'created_at'"],
    [{ ...base, retention: { days: 9 }, timestamps: false }, 'retention', 'created_at'],
    [{ ...base, retention: { days: 9, after: 'title' } }, 'retention', 'a time title'],
    [{ ...base, retention: { days: 9, after: 'updated_at' } }, 'retention', "'updated_at'"]
  ],
  audited: [
    [{ ...base, audited: true }, 'audited.days', 'above 0'],
    [{ ...base, audited: { days: 0 } }, 'audited.days', 'above 0'],
    [{ ...base, audited: { days: '30' } }, 'audited.days', '"30"'],
    [{ ...base, audited: { days: 1e12 } }, 'audited.days', 'up to 36525']
  ],
  members: [
    [{ ...base, members: { note_ids: 'useri_d' } }, 'members.note_ids', 'did you mean user_id?'],
    [{ ...base, members: { note_ids: 'title' } }, 'members.note_ids', 'refers to no user', "title: belongsTo('users')"],
    [{ ...base, members: { note_ids: 'folder_id' } }, 'members.note_ids', 'refers to no user'],
    [{ ...fields({ a: writeOnly(belongsTo('users')) }), members: { note_ids: 'a' } }, 'members.note_ids', 'writeOnly'],
    [{ ...base, members: { role: 'user_id' } }, 'members.role', 'every user has already'],
    [{ ...base, members: { mfa: 'user_id' } }, 'members.mfa', 'every user has already'],
    [{ ...base, members: { team_ids: 'user_id' } }, 'members.team_ids', 'as teams does'],
    [{ ...base, members: { noteIds: 'user_id' } }, 'members.noteIds', 'snake_case'],
    [join({ by: 'useri_d' }), 'members.joined_ids.by', 'asks for useri_d', 'did you mean user_id?'],
    [join({ by: 'folder_id' }), 'members.joined_ids.by', 'refers to no user'],
    [join({ value: 'folder' }), 'members.joined_ids.value', 'lists folder, which is not a field', 'did you mean folder_id?'],
    [join({ value: 'user_id' }), 'members.joined_ids.value', 'which is the user'],
    [join({ value: 'secret' }), 'members.joined_ids.value', 'feed does not record', 'take writeOnly'],
    [join({ value: 'due' }), 'members.joined_ids.value', 'a timestamptz(3)', 'write a reference'],
    [join({ values: 'folder_id' }), 'members.joined_ids.values', 'values', 'did you mean value?'],
    [join({ where: true }), 'members.joined_ids.where', 'where a clause belongs'],
    [join({ where: { rank: 'hihg' } }), 'members.joined_ids.where.rank', '"hihg" is not a value of rank', 'did you mean high?'],
    [join({ where: { rnak: 'high' } }), 'members.joined_ids.where.rnak', 'is not a field', 'did you mean rank?'],
    [join({ where: { title: { $gt: 'a' } } }), 'members.joined_ids.where.title', 'title'],
    [join({ where: { secret: 'x' } }), 'members.joined_ids.where.secret', 'never leaves the server'],
    [join({ where: role('admin') }), 'members.joined_ids.where.$user', 'asks of the caller', 'columns of the record'],
    [join({ where: [{ rank: 'high' }, { user_id: $user.id }] }), 'members.joined_ids.where[1].user_id', 'asks of the caller'],
    [join({ where: { user_id: asParent } }), 'members.joined_ids.where.user_id', 'asks the parent'],
    [{ ...join({ value: 'folder_id' }), access: { read: { key: { $in: { $user: 'joined_ids' } } } } }, 'access.read.key', 'a uuid, with $user.joined_ids, a bigint', 'refers to folders'],
    [{ ...join({ value: 'folder_id' }), access: { read: { id: { $in: { $user: 'joined_ids' } } } } }, 'access.read.id', 'an id of notes, with $user.joined_ids, of folders'],
    [{ ...join({ value: 'slug' }), access: { read: { size: { $in: { $user: 'joined_ids' } } } } }, 'access.read.size', 'a integer, with $user.joined_ids, a text', 'with a text']
  ],
  source: [
    [{ ...base, source: 'papers', unique: [['size', 'price']] }, 'unique', 'papers is there already'],
    [{ ...base, source: 'papers', audited: { days: 9 } }, 'audited', 'papers is declared']
  ],
  creation: [
    [{ ...fields({ a: readOnly(short) }), access: { create: authenticated } }, 'fields.a', 'nothing could be created', 'withDefault(…)'],
    [access({ create: true }), 'fields.user_id', 'not signed in', 'create: authenticated'],
    [access({ create: [authenticated, { done: true }] }), 'fields.user_id', 'not signed in']
  ],
  hooks: [
    [{ ...base, hooks: { before: { creat: [] } } }, 'hooks.before.creat', 'did you mean create?'],
    [{ ...base, hooks: { befor: { create: [] } } }, 'hooks.befor', 'hooks names befor', 'did you mean before?'],
    [{ ...base, hooks: { before: {}, afte: { create: [] } } }, 'hooks.afte', 'did you mean after?'],
    [{ ...base, hooks: { around: { finish: [] } } }, 'hooks.around.finish', 'not an operation'],
    [{ ...base, soft_delete: true, hooks: { around: { restore: [] } } }, 'hooks.around.restore', 'not an operation'],
    [{ ...base, hooks: 5 }, 'hooks', 'hooks is 5'],
    [{ ...base, hooks: { before: { create: ['x'] } } }, 'hooks.before.create[0]', 'not a function'],
    [{ ...base, hooks: { after: { create: { run } } } }, 'hooks.after.create', 'not a function'],
    [{ ...base, hooks: { around: [run, null] } }, 'hooks.around[1]', 'not a function'],
    [{ ...base, hooks: ['x'] }, 'hooks[0]', 'not a function']
  ],
  'interactive-only': [
    [{ ...base, interactive_only: ['ptach'] }, 'interactive_only', 'did you mean patch?'],
    [{ ...base, interactive_only: ['restore'] }, 'interactive_only', 'names "restore", which is not an operation'],
    [{ ...base, interactive_only: ['patch', 'patch'] }, 'interactive_only', 'patch once'],
    [{ ...base, interactive_only: false }, 'interactive_only', 'write true']
  ],
  caching: [
    [{ ...read(true), cache: { public: 0 } }, 'cache.public', 'cache.public is 0', 'seconds, from 1 to 31536000'],
    [{ ...read(true), cache: { private: '10' } }, 'cache.private', 'cache.private is "10"', 'write seconds'],
    [{ ...read(true), cache: { server: 100_000 } }, 'cache.server', 'is 100000', 'from 1 to 86400'],
    [{ ...read(true), cache: { sever: 10 } }, 'cache.sever', 'did you mean server?'],
    [{ ...read(true), cache: { server: 10 }, hooks: { before: { find: [run] } } }, 'cache.server', 'answer each caller in another way', 'leave cache.server out'],
    [{ ...read(true), source: 'papers', cache: { server: 10 } }, 'cache.server', 'changes are not recorded']
  ],
  'signed-links': [
    [{ ...read(true), signed_links: ['patch'] }, 'signed_links', 'write one of'],
    [{ ...read(true), signed_links: ['finds'] }, 'signed_links', 'did you mean find?'],
    [{ ...read(true), signed_links: ['get', 'get'] }, 'signed_links', 'get once'],
    [{ ...read(true), signed_links: 'get' }, 'signed_links', "signed_links: ['get']"],
    [{ ...base, signed_links: ['get'] }, 'signed_links', 'none yet'],
    [{ ...report({ input: Type.Object({ user: Type.String() }) }, 'kpi'), signed_links: ['kpi'] }, 'signed_links', 'call it something else']
  ]
  })) // prettier-ignore
