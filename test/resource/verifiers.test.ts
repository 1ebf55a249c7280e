import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { protectedMethods } from '@feathersjs/feathers'
import { lower as lowered } from '../../packages/rachis/src/model/lower'
import { ResourceService } from '../../packages/rachis/src/service/resource-service'
import { lazyValidator } from '../../packages/rachis/src/model/validator'
import type { AnyResource } from '../../packages/rachis/src/declare'
import {
  $user, asParent, authenticated, belongsTo, boolean, computed, immutable, integer, json, lower, money, now, nullable, oneOf, owner,
  password, readOnly, role, state, text, timestamp, Type, unique, upper, withDefault, textArray, writeOnly
} from '../../packages/rachis/src/declare' // prettier-ignore
import { similar } from '../../packages/rachis/src/util/similar'
import { FORMATS } from '../../packages/rachis/src/declare/verifiers/field-types'
import { TAKEN } from '../../packages/rachis/src/declare/verifiers/unique-paths'
import { DeclarationError, verify } from '../../packages/rachis/src/declare/verify'

/** A declaration that the types may refuse. */
const declare = (name: string, spec: object = {}) =>
  ({ name, spec: { fields: {}, access: {}, ...spec } }) as unknown as AnyResource

const problemsOf = (...resources: AnyResource[]) => {
  try {
    verify(resources, ['authentication'])
    return []
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error
    return error.problems
  }
}

const run = async () => ({})
const short = text({ maxLength: 100 })
const users = declare('users', {
  fields: { email: unique(lower(short)), role: oneOf('user', 'manager', 'admin'), is_active: boolean() },
  access: { read: true }
})
const folders = declare('folders', { fields: { name: short } })
const codes = declare('codes', { id: 'uuid', fields: { name: short } })
const mail = declare('mail', {
  table: false,
  actions: { send: { on: 'collection', input: Type.Object({}), output: Type.Object({}), run, access: true } }
})
const teams = declare('teams', {
  fields: { lead_id: belongsTo('users') },
  members: { team_ids: 'lead_id' }
})
const cast = [users, folders, codes, mail, teams]

const notes = {
  title: short, status: state('open', 'done'), rank: oneOf('low', 'high'), price: money(), size: integer(), done: boolean(),
  due: nullable(timestamp()), day: Type.String({ format: 'date' }), tags: textArray(), meta: json(), key: Type.String({ format: 'uuid' }),
  secret: writeOnly(short), slug: lower(short), folder_id: belongsTo('folders' as never), user_id: owner('users'),
  is_big: computed(boolean(), 'size > 9')
} // prettier-ignore
const states = { field: 'status', transitions: {} }
const base = { fields: notes, states }
const fields = (extra: object) => ({ ...base, fields: { ...notes, ...extra } })
const join = (membership: object) => ({ ...base, members: { joined_ids: { by: 'user_id', ...membership } } })
const access = (rules: object) => ({ ...base, access: rules })
const read = (rule: unknown) => access({ read: rule })
const step = (extra: object) => ({
  ...base, states: { ...states, transitions: { finish: { from: 'open', to: 'done', access: true, ...extra } } }
}) // prettier-ignore
const action = (extra: object, name = 'go') => ({
  ...base,
  actions: { [name]: { input: Type.Object({}), output: Type.Object({}), run, access: true, ...extra } }
})
const report = (extra: object, name = 'sum') => ({
  ...base,
  reports: { [name]: { input: Type.Object({}), output: Type.Object({}), run, access: true, ...extra } }
})
const indexed = Object.keys(notes).filter(
  (name) => !['tags', 'meta', 'secret', 'done', 'is_big'].includes(name)
)

/** What is declared of `notes`, where the one problem is, and what its message or mend say. */
type Case = readonly [spec: object, path: string, ...words: string[]]

const REFUSED: Record<string, readonly Case[]> = {
  shape: [
    [{ fields: { title: undefined } }, 'fields.title', 'title is undefined', 'import each other'],
    [{ ...base, indexs: ['size'] }, 'indexs', 'did you mean indexes?'],
    [{ ...base, softDelete: true }, 'softDelete', 'did you mean soft_delete?'],
    [access({ raed: true }), 'access.raed', 'did you mean read?'],
    [access({ fields: { price: { raed: true } } }), 'access.fields.price.raed', 'did you mean read?'],
    [fields({ a: text({ maxLenght: 5 } as object) }), 'fields.a.maxLenght', 'did you mean maxLength?'],
    [fields({ a: text({ maxLength: '5' } as object) }), 'fields.a.maxLength', '"5"', 'a whole number'],
    [fields({ a: { ...integer(), references: 'folders' } }), 'fields.a.references', 'an object'],
    [{ ...base, states: { ...states, initial: 'open' } }, 'states.initial', 'not a list'],
    [{ ...base, states: { ...states, intial: ['open'] } }, 'states.intial', 'did you mean initial?'],
    [{ ...base, states: null }, 'states', 'null, not an object'],
    [{ ...base, states: { field: 'status' } }, 'states.transitions', 'no transitions'],
    [step({ acess: true }), 'states.transitions.finish.acess', 'did you mean access?'],
    [step({ http: { methd: 'PUT' } }), 'states.transitions.finish.http.methd', 'did you mean method?'],
    [step({ http: { method: 'PUTT' } }), 'states.transitions.finish.http.method', 'did you mean PUT?'],
    [action({ ouput: Type.Object({}) }), 'actions.go.ouput', 'did you mean output?'],
    [action({ run: 'go' }), 'actions.go.run', 'a function'],
    [action({ on: 'records' }), 'actions.go.on', 'did you mean record?'],
    [report({ run: undefined }), 'reports.sum.run', 'no run'],
    [{ ...base, relations: { folder: { on: 'folder_id' } } }, 'relations.folder.on', 'did you mean one?'],
    [{ ...base, relations: [] }, 'relations', 'not an object'],
    [{ ...base, search: 'title' }, 'search', 'not a list'],
    [{ ...base, search: [null] }, 'search[0]', 'not a text'],
    [{ ...base, indexes: [['size', 5]] }, 'indexes[0][1]', 'not a text'],
    [{ ...base, limits: { pages: { max: 5 } } }, 'limits.pages', 'did you mean page?'],
    [{ ...base, audited: { dyas: 9 } }, 'audited.dyas', 'did you mean days?'],
    [{ ...base, timestamps: 'no' }, 'timestamps', 'true or false'],
    [{ ...base, id: 'uid' }, 'id', 'did you mean uuid?'],
    [{ ...base, members: { note_ids: ['user_id'] } }, 'members.note_ids', 'not a text'],
    [{ fields: undefined }, 'fields', 'no fields'],
    [{ access: undefined }, 'access', 'no access', 'access: {}']
  ],
  names: [
    [fields({ firstName: short }), 'fields.firstName', 'snake_case', 'write first_name'],
    [fields({ 'a.b': short }), 'fields.a.b', 'write a_b'],
    [fields({ $where: short }), 'fields.$where', 'write where'],
    [fields({ ['x'.repeat(64)]: short }), `fields.${'x'.repeat(64)}`, '63 bytes'],
    [fields({ id: integer() }), 'fields.id', 'leave id out'],
    [fields({ created_at: timestamp() }), 'fields.created_at', 'by itself'],
    [{ ...fields({ deleted_at: timestamp() }), soft_delete: true }, 'fields.deleted_at', 'by itself'],
    [fields({ page_size: integer() }), 'fields.page_size', 'parameter'],
    [fields({ cursor: short }), 'fields.cursor', 'parameter'],
    [fields({ constructor: short }), 'fields.constructor', 'every object'],
    [fields({ xmin: integer() }), 'fields.xmin', 'PostgreSQL keeps for itself'],
    [fields({ min_price: money() }), 'fields.min_price', 'bound of price', 'rename min_price'],
    [{ ...base, path: 'Notes/' }, 'path', 'meeting-notes'],
    [{ ...base, path: 'shop/constructor' }, 'path', 'every object'],
    [{ ...base, path: 'authentication' }, 'path', 'served by a module'],
    [{ ...base, path: 'batch' }, 'path', 'engine'],
    [{ ...base, relations: { Folder: { one: 'folder_id' } } }, 'relations.Folder', 'write folder'],
    [action({}, 'sendMail'), 'actions.sendMail', 'write send_mail'],
    [report({}, 'by-day'), 'reports.by-day', 'write by_day'],
    [{ ...base, states: { ...states, transitions: { Finish: { from: 'open', to: 'done', access: true } } } }, 'states.transitions.Finish', 'write finish']
  ],
  'field-types': [
    [fields({ a: Type.Any() }), 'fields.a', 'no column', 'text()'],
    [fields({ a: Type.Null() }), 'fields.a', 'no column'],
    [fields({ a: Type.Union([Type.Literal('a'), Type.Literal('b')]) }), 'fields.a', 'union', 'oneOf'],
    [fields({ a: Type.Optional(short) }), 'fields.a', 'Type.Optional', 'nullable'],
    [fields({ a: nullable(Type.Readonly(short)) }), 'fields.a', 'Type.Readonly'],
    [fields({ a: oneOf() }), 'fields.a', 'no value'],
    [fields({ a: oneOf('b', 'b') }), 'fields.a', 'twice'],
    [fields({ a: oneOf('b,c') }), 'fields.a', 'commas'],
    [fields({ a: Type.Integer({ enum: [1, 2] }) }), 'fields.a', 'lists 1', 'integer()'],
    [fields({ a: text({ format: 'emial' }) }), 'fields.a', 'did you mean email?'],
    [fields({ a: timestamp({ format: 'datetime' }) }), 'fields.a', 'the format datetime', 'did you mean date-time?'],
    [fields({ a: password({ format: 'pasword' } as never) }), 'fields.a', 'did you mean password?'],
    [fields({ a: password({ format: 'date' } as never) }), 'fields.a', 'kept as a hash, which is no date'],
    [fields({ a: money({ format: 'currency' } as never) }), 'fields.a', 'the format currency'],
    [fields({ a: money({ format: 'email' } as never) }), 'fields.a', 'only texts have one', 'take format off a'],
    [fields({ a: money({ multipleOf: 0.001 }) }), 'fields.a', 'a multiple of 0.001', 'two decimals'],
    [fields({ a: money({ column: 'money' } as never) }), 'fields.a', 'the column money'],
    [fields({ a: text({ pattern: '(' }) }), 'fields.a', 'regular expression'],
    [fields({ a: integer({ minimum: 5, maximum: 1 }) }), 'fields.a', 'minimum is 5'],
    [fields({ a: { ...integer(), normalize: 'lower' } }), 'fields.a', 'lower'],
    [fields({ a: Type.Date() }), 'fields.a', 'Type.Date', 'timestamp()'],
    [fields({ a: nullable(Type.Integer({ maximum: 1e12 })) }), 'fields.a', '32 bits', "column: 'bigint'"],
    [fields({ a: withDefault(Type.Number({ column: 'numeric(10,4)' }), 1) }), 'fields.a', 'numeric(10,4)', 'numeric(12,2)'],
    [fields({ a: { ...password(), writeOnly: false } }), 'fields.a', 'hash', 'writeOnly']
  ],
  computed: [
    [fields({ a: withDefault(computed(integer(), 'size'), 1) }), 'fields.a', 'a default'],
    [fields({ a: computed(belongsTo('folders' as never), 'size') }), 'fields.a', 'a reference'],
    [{ fields: { a: computed(owner('users'), 'id') } }, 'fields.a', 'the owner'],
    [fields({ a: computed(integer(), ' ') }), 'fields.a', 'nothing', 'SQL of a'],
    [{ ...fields({ a: computed(boolean(), 'price > 9') }), access: { fields: { price: { read: role('admin') } } } }, 'fields.a', 'not every reader', 'the read rule of price'],
    [fields({ a: computed(boolean(), 'secret is not null') }), 'fields.a', 'computed from secret', 'leave secret out'],
    [fields({ a: computed(integer(), 'length(titel)') }), 'fields.a', 'computed from titel', 'did you mean title?'],
    [fields({ a: computed(integer(), '1 + 1') }), 'fields.a', 'no field']
  ],
  defaults: [
    [fields({ a: withDefault(integer(), 'one' as never) }), 'fields.a', 'default of a', 'a whole number'],
    [fields({ a: withDefault(oneOf('low', 'high'), 'hihg' as never) }), 'fields.a', 'did you mean high?'],
    [fields({ a: withDefault(integer({ minimum: 1 }), 0) }), 'fields.a', 'its own default 0'],
    [fields({ a: withDefault(integer(), -2147483649) }), 'fields.a', 'a whole number of 32 bits'],
    [fields({ a: withDefault(integer(), 2147483648) }), 'fields.a', 'a whole number of 32 bits'],
    [fields({ a: withDefault(text({ minLength: 2 }), 'x') }), 'fields.a', 'its own default'],
    [fields({ a: withDefault(text({ pattern: '^a' }), 'x') }), 'fields.a', 'its own default'],
    [fields({ a: withDefault(money(), 0.125) }), 'fields.a', 'its own default'],
    [fields({ a: withDefault(upper(short), 'eur') }), 'fields.a', 'write "EUR"'],
    [fields({ a: withDefault(timestamp(), '2026-02-30T00:00:00Z') }), 'fields.a', 'a time such as'],
    [fields({ a: withDefault(timestamp(), '0000-01-01') }), 'fields.a', 'a time such as'],
    [fields({ a: withDefault(Type.String({ format: 'date' }), '0000-01-01') }), 'fields.a', 'a date such as'],
    [fields({ a: withDefault(short, null as never) }), 'fields.a', 'never null', 'nullable'],
    [fields({ a: withDefault(textArray(), [1] as never) }), 'fields.a', 'list of texts'],
    [fields({ a: withDefault(json(), [] as never) }), 'fields.a', 'JSON'],
    [fields({ a: withDefault(password(), 'letmein-please') }), 'fields.a', 'everybody would know']
  ],
  examples: [
    [fields({ a: integer({ examples: ['one'] as never }) }), 'fields.a', 'the example of a', 'a whole number'],
    [fields({ a: nullable(integer({ examples: [1, -1], minimum: 0 })) }), 'fields.a', 'its own example -1'],
    [fields({ a: upper(text({ examples: ['eur'] })) }), 'fields.a', 'write "EUR"'],
    [fields({ a: text({ example: 'x', minLength: 2 }) }), 'fields.a', 'its own example'],
    [fields({ a: textArray({ examples: [[1]] as never }) }), 'fields.a', 'list of texts']
  ],
  'write-only': [
    [fields({ a: unique(writeOnly(short)) }), 'fields.a', 'unique'],
    [{ ...base, unique: [['secret', 'size']] }, 'unique[0]', 'secret', 'unique'],
    [{ ...base, indexes: ['size', ['size', 'secret']] }, 'indexes[1]', 'secret', 'indexed'],
    [{ ...base, search: ['title', 'secret'] }, 'search[1]', 'secret', 'searched'],
    [{ fields: { a: writeOnly(state('x', 'y')) }, states: { field: 'a', transitions: {} } }, 'states.field', 'the state'],
    [{ ...fields({ a: writeOnly(belongsTo('folders' as never)) }), relations: { b: { one: 'a' } } }, 'relations.b', 'followed']
  ],
  references: [
    [fields({ a: belongsTo('folder' as never) }), 'fields.a', 'did you mean folders?'],
    [fields({ a: belongsTo('mail' as never) }), 'fields.a', 'no records'],
    [fields({ a: belongsTo('codes' as never) }), 'fields.a', 'the id of codes a uuid', "format: 'uuid'"],
    [fields({ a: Type.String({ format: 'uuid', references: { resource: 'folders', on_delete: 'restrict' } }) }), 'fields.a', "belongsTo('folders')"],
    [fields({ a: belongsTo('folders' as never, { allow_unreadable: 'yes' as never }) }), 'fields.a', 'allow_unreadable: true'],
    [fields({ a: readOnly(belongsTo('folders' as never, { allow_unreadable: true })) }), 'fields.a', 'set by the server'],
    [fields({ a: Type.Integer({ column: 'bigint', references: { resource: 'folders', on_delete: 'restrict', readable: false } }) }), 'fields.a', 'references.readable', 'allow_unreadable'],
    [fields({ a: belongsTo('folders' as never, { on_delete: 'set null' }) }), 'fields.a', 'may not be null'],
    [fields({ a: belongsTo('folders' as never, { on_delete: 'setnull' as never }) }), 'fields.a', 'did you mean set null?'],
    [fields({ a: belongsTo('folders' as never, { onDelete: 'cascade' } as never) }), 'fields.a.references.onDelete', 'did you mean on_delete?'],
    [fields({ user_id: owner('users', { onDelete: 'restrict' } as never) }), 'fields.user_id.references.onDelete', 'did you mean on_delete?'],
    [fields({ a: textArray({ maxLenght: 5 } as never) }), 'fields.a.maxLenght', 'did you mean maxLength?'],
    [fields({ a: boolean({ nulable: true }) }), 'fields.a.nulable', 'which schemas do not know'],
    [fields({ a: password({ maxLength: 100 }) }), 'fields.a', 'a hash is made of 72 bytes'],
    [fields({ a: belongsTo('notes' as never) }), 'fields.a', 'no first record', 'nullable']
  ],
  owner: [
    [fields({ a: owner('users') }), 'fields.a', 'so is user_id'],
    [{ fields: { a: owner('folders' as never) } }, 'fields.a', 'refers to folders', "owner('users')"],
    [{ fields: { a: readOnly({ ...integer(), owner: true }) } }, 'fields.a', 'refers to no resource'],
    [{ fields: { a: { ...owner('users'), readOnly: false } } }, 'fields.a', 'clients may write it']
  ],
  relations: [
    [{ ...base, relations: { folder: { one: 'folderid' } } }, 'relations.folder', 'did you mean folder_id?'],
    [{ ...base, relations: { folder: { one: 'size' } } }, 'relations.folder', 'size, which refers to no resource'],
    [{ ...base, relations: { size: { one: 'folder_id' } } }, 'relations.size', 'a relation and a field'],
    [{ ...base, relations: { kids: { many: 'folder', by: 'note_id' } } }, 'relations.kids', 'did you mean folders?'],
    [{ ...base, relations: { kids: { many: 'folders', by: 'name' } } }, 'relations.kids', "name: belongsTo('notes') in folders"],
    [{ ...fields({ up_id: nullable(belongsTo('notes' as never)) }), relations: { kids: { many: 'notes', by: 'upid' } } }, 'relations.kids', 'did you mean up_id?'],
    [{ ...base, relations: { kids: {} } }, 'relations.kids', 'neither one nor many']
  ],
  indexes: [
    [{ ...base, indexes: ['tilte'] }, 'indexes[0]', 'tilte', 'did you mean title?'],
    [{ ...base, unique: [['size', 'colour']] }, 'unique[0]', 'colour', 'write one of id, title'],
    [{ ...base, indexes: [['size', 'meta']] }, 'indexes[0]', 'meta, a jsonb'],
    [{ ...base, unique: [['tags']] }, 'unique[0]', 'tags'],
    [{ ...base, unique: ['title'] }, 'unique[0]', 'not a list', 'unique(…)'],
    [fields({ a: unique(json()) }), 'fields.a', 'unique and a jsonb'],
    [{ ...base, indexes: [[]] }, 'indexes[0]', 'no column'],
    [{ ...base, indexes: [['size', 'size']] }, 'indexes[0]', 'twice'],
    [{ ...base, indexes: ['size', ['size']] }, 'indexes[1]', 'as indexes[0] does'],
    [{ ...fields({ a: unique(short) }), unique: [['a']] }, 'unique[0]', 'as fields.a does'],
    [{ ...base, indexes: ['id'] }, 'indexes[0]', 'primary key']
  ],
  'index-size': [
    [fields({ a: unique(text()) }), 'fields.a', 'longer than an index', 'maxLength'],
    [{ ...fields({ a: Type.String() }), indexes: [['size', 'a']] }, 'indexes[0]', 'a can be longer'],
    [{ ...fields({ a: text({ maxLength: 400 }), b: text({ maxLength: 300 }) }), unique: [['b', 'a']] }, 'unique[0]', 'a can be longer']
  ],
  search: [
    [{ ...base, search: ['titel'] }, 'search[0]', 'did you mean title?'],
    [{ ...base, search: ['title', 'size'] }, 'search[1]', 'size, a integer'],
    [{ ...base, search: [] }, 'search', 'no column'],
    [{ ...base, search: ['title', 'title'] }, 'search', 'title twice'],
    [{ ...access({ fields: { title: { read: role('admin') } } }), search: ['title'] }, 'search[0]', 'not every reader']
  ],
  'access-fields': [
    [access({ fields: { prize: { read: true } } }), 'access.fields.prize', 'did you mean price?'],
    [access({ fields: { id: { read: false } } }), 'access.fields.id', 'would not be asked'],
    [access({ fields: { price: { read: { user_di: $user.id } } } }), 'access.fields.price.read.user_di', 'did you mean user_id?'],
    [access({ fields: { price: { write: [role('admin'), { title: { $gt: 'a' } }] } } }), 'access.fields.price.write[1].title', 'whose order is not the same'],
    [access({ fields: { price: { read: { secret: 'x' } } } }), 'access.fields.price.read.secret', 'secret, which never leaves'],
    [access({ fields: { price: { read: { folder_id: asParent } } } }), 'access.fields.price.read.folder_id', 'only a rule of reading'],
    [access({ fields: { rank: { read: role('admin') }, price: { read: { rank: 'low' } } } }), 'access.fields.price.read.rank', 'not every reader', 'another field than rank'],
    [access({ fields: { rank: { read: role('admin') }, price: { write: { rank: 'low' } } } }), 'access.fields.price.write.rank', 'not every reader'],
    [access({ fields: { secret: { read: role('admin') } } }), 'access.fields.secret.read', 'secret is write-only'],
    [access({ fields: { user_id: { write: role('admin') } } }), 'access.fields.user_id.write', 'set by the server']
  ],
  rules: [
    [read([{ done: true }, { owner_id: $user.id }]), 'access.read[1].owner_id', 'owner_id', 'not a field'],
    [read({ user_di: $user.id }), 'access.read.user_di', 'did you mean user_id?'],
    [read({ secret: 'x' }), 'access.read.secret', 'secret, which never leaves'],
    [{ ...read({ deleted_at: null }), soft_delete: true }, 'access.read.deleted_at', 'soft_delete'],
    [read({ tags: 'new' }), 'access.read.tags', 'a text[]'],
    [read({ meta: { $ne: null } }), 'access.read.meta', 'a jsonb'],
    [read({ size: { $gtt: 1 } }), 'access.read.size', 'did you mean $gt?'],
    [read({ size: { $eq: 1 } }), 'access.read.size', 'write size: 1'],
    [read({ size: {} }), 'access.read.size', 'nothing'],
    [read({ title: { $lt: 'm' } }), 'access.read.title', 'title, a text', '$in'],
    [read({ rank: { $gte: 'low' } }), 'access.read.rank', 'order'],
    [read({ size: '1' }), 'access.read.size', '"1" is not a value of size', 'a whole number'],
    [read({ size: 1.5 }), 'access.read.size', '1.5'],
    [read({ size: undefined }), 'access.read.size', 'undefined'],
    [read({ rank: 'hihg' }), 'access.read.rank', 'did you mean high?'],
    [read({ slug: 'News' }), 'access.read.slug', 'write "news"'],
    [read({ due: { $lt: 'tomorrow' } }), 'access.read.due', 'a time such as'],
    [read({ due: '2026-01-31T12:00:00' }), 'access.read.due', 'a time such as'],
    [read({ day: '2026-02-29' }), 'access.read.day', 'a date such as'],
    [read({ key: 'A0000000-0000-7000-8000-000000000000' }), 'access.read.key', 'lower case'],
    [read({ done: null }), 'access.read.done', 'done is never null'],
    [read({ rank: ['low', 'high'] }), 'access.read.rank', '$in: ["low","high"]'],
    [read({ rank: { $in: ['low', null] } }), 'access.read.rank', 'lists null'],
    [read({ due: { $nin: [null] } }), 'access.read.due', 'due: null'],
    [read({ rank: { $nin: [] } }), 'access.read.rank', 'lists nothing'],
    [read({ rank: { $in: 'low' } }), 'access.read.rank', 'takes a list'],
    [read({ due: { $gt: null } }), 'access.read.due', 'never holds'],
    [read({ user_id: { $ne: $user.id } }), 'access.read.user_id', '$in: $user'],
    [read({ user_id: { $in: $user.id, $ne: 3 } }), 'access.read.user_id', 'something else'],
    [read({ title: $user.id }), 'access.read.title', '$user.id a bigint'],
    [read({ folder_id: $user.id }), 'access.read.folder_id', 'an id of folders', 'refers to users'],
    [read({ id: $user.id }), 'access.read.id', 'an id of notes'],
    [read({ folder_id: { $in: { $user: 'team_ids' } } }), 'access.read.folder_id', 'an id of folders', 'of teams'],
    [read({ key: { $in: { $user: 'team_ids' } } }), 'access.read.key', 'a uuid', 'refers to teams'],
    [read({ title: { $in: { $user: 'team_ids' } } }), 'access.read.title', 'a text', 'refers to teams'],
    [read({ $user: { role: { $ne: 'user' } } }), 'access.read.$user.role', 'equality and $in only'],
    [read({ $user: { role: 'root' } }), 'access.read.$user.role', 'write one of user, manager, admin'],
    [read({ $user: 'admin' }), 'access.read.$user', 'authenticated'],
    [read({ $user: { rloe: 'admin' } }), 'access.read.$user.rloe', 'which users do not have', 'did you mean role?'],
    [read({ user_id: { $user: 'idd' } }), 'access.read.user_id', '$user.idd', 'did you mean id?'],
    [read({ folder_id: { $in: { $user: 'folder_ids' } } }), 'access.read.folder_id', '$user.folder_ids'],
    [read({ $or: [{ done: true }] }), 'access.read.$or', 'write a list of clauses'],
    [read([{ done: true, $and: [] }]), 'access.read[0].$and', 'write a list of clauses'],
    [access({ update: { folder_id: asParent } }), 'access.update.folder_id', 'only a rule of reading'],
    [read({ size: asParent }), 'access.read.size', 'no reference'],
    [read({ folder_id: asParent }), 'access.read.folder_id', 'folders by folder_id', 'access.read in folders'],
    [{ ...fields({ up_id: nullable(belongsTo('notes' as never)) }), access: { read: { up_id: asParent } } }, 'access.read.up_id', 'in place of asParent'],
    [{ ...access({ create: { user_id: $user.id } }), create: { input: Type.Object({}), run: async () => ({ id: 1 }) } }, 'access.create.user_id', 'only $user'],
    [read({}), 'access.read', 'lets everybody in'],
    [read([false, { done: true }]), 'access.read[0]', 'where a clause belongs'],
    [read('admin'), 'access.read', '"admin" where a clause belongs'],
    [access({ create: { ...authenticated, id: 1 } }), 'access.create.id', 'before the record is created'],
    [access({ create: { ...authenticated, created_at: '2026-01-01' } }), 'access.create.created_at', 'before'],
    [access({ create: [authenticated, { ...authenticated, is_big: true }] }), 'access.create[1].is_big', 'before'],
    [access({ update: { sise: 1 } }), 'access.update.sise', 'did you mean size?'],
    [access({ remove: { sise: 1 } }), 'access.remove.sise', 'did you mean size?'],
    [step({ access: { user: 1 } }), 'states.transitions.finish.access.user', 'user'],
    [action({ access: [{ secret: 'x' }] }), 'actions.go.access[0].secret', 'secret'],
    [action({ on: 'collection', access: { done: true } }), 'actions.go.access.done', 'only $user'],
    [report({ access: { user_id: $user.id } }), 'reports.sum.access.user_id', 'only $user']
  ],
  states: [
    [{ fields: notes }, 'fields.status', "states: { field: 'status'"],
    [fields({ other: state('a', 'b') }), 'fields.other', 'oneOf'],
    [{ ...fields({ status: oneOf('a', 'b') }) }, 'states.field', "state('first'"],
    [{ fields: { a: nullable(state('x', 'y')) }, states: { field: 'a', transitions: {} } }, 'states.field', 'may be null'],
    [{ fields: { status: state('x', 'y'), b: short }, states: { field: 'statsu', transitions: {} } }, 'states.field', 'did you mean status?'],
    [{ ...step({}), access: { fields: { status: { read: role('admin') } } } }, 'states.field', 'tell it', 'access.fields.status'],
    [step({ from: ['open', 'closed'] }), 'states.transitions.finish.from', 'closed', 'open, done'],
    [step({ to: 'don' }), 'states.transitions.finish.to', 'did you mean done?'],
    [{ ...base, states: { ...states, initial: ['open', 'new'] } }, 'states.initial', 'new is not a state'],
    [{ ...base, states: { ...states, initial: ['done'] } }, 'states.initial', 'begins as open'],
    [{ ...base, states: { ...states, initial: [] } }, 'states.initial', 'begins as open'],
    [step({ set: { dve: now } }), 'states.transitions.finish.set.dve', 'did you mean due?'],
    [step({ set: { is_big: true } }), 'states.transitions.finish.set.is_big', 'database fills in'],
    [step({ set: { id: 1 } }), 'states.transitions.finish.set.id', 'leave id out'],
    [step({ set: { status: 'open' } }), 'states.transitions.finish.set.status', 'the state itself'],
    [step({ set: { size: now } }), 'states.transitions.finish.set.size', 'timestamp()'],
    [step({ set: { title: 'x'.repeat(101) } }), 'states.transitions.finish.set.title', 'does not take'],
    [step({ set: { done: 'yes' } }), 'states.transitions.finish.set.done', 'true or false'],
    [step({ set: { folder_id: $user.id } }), 'states.transitions.finish.set.folder_id', 'there is none', 'nullable'],
    [step({ set: { due: $user.id } }), 'states.transitions.finish.set.due', 'a timestamptz(3)', 'a bigint'],
    [step({ set: { folder_id: { $user: 'folder_ids' } } }), 'states.transitions.finish.set.folder_id', 'no column of users', 'folder_id: $user.id'],
    [step({ set: { folder_id: { $in: $user.id } } }), 'states.transitions.finish.set.folder_id', 'no column of users']
  ],
  checks: [
    [{ ...base, checks: { fits: 'size <= prize' } }, 'checks.fits', 'prize', 'did you mean price?'],
    [{ ...base, checks: { fits: '1 < 2' } }, 'checks.fits', 'no field'],
    [{ ...base, checks: { fits: "'size' <> 'price'" } }, 'checks.fits', 'no field'],
    [{ ...base, checks: { fits: ' ' } }, 'checks.fits', 'checks nothing'],
    [{ ...base, checks: { fits: undefined } }, 'checks.fits', 'is undefined'],
    [{ ...base, checks: { size: 'size < 5' } }, 'checks.size', 'as a field is'],
    [{ ...base, checks: { isSmall: 'size < 5' } }, 'checks.isSmall', 'write is_small'],
    [{ ...base, checks: { fits: { sql: 'size <= prize', message: 'It is too large' } } }, 'checks.fits', 'did you mean price?'],
    [{ ...base, checks: { fits: { sql: 'size < 5', message: ' ' } } }, 'checks.fits', 'write a sentence'],
    [{ ...base, checks: { fits: { sql: 'size < 5' } } }, 'checks.fits.message', 'has no message'],
    [{ ...base, checks: { fits: { sql: 5, message: 'It is too large' } } }, 'checks.fits.sql', 'not a text'],
    [{ ...base, checks: { fits: { sql: 'size < 5', message: 'It is too large', mesage: 'x' } } }, 'checks.fits.mesage', 'did you mean message?']
  ],
  inputs: [
    [action({ input: Type.String() }), 'actions.go.input', 'Type.Object'],
    [action({ input: undefined }), 'actions.go.input', 'no input'],
    [action({ input: Type.Object({ id: Type.Integer() }) }), 'actions.go.input', 'data.id'],
    [report({ input: Type.Array(Type.String()) }), 'reports.sum.input', 'not an object'],
    [{ ...base, create: { input: Type.String(), run: async () => ({ id: 1 }) } }, 'create.input', 'not an object']
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
    [{ ...base, hooks: 5 }, 'hooks', 'hooks is 5'],
    [{ ...base, hooks: { before: { create: ['x'] } } }, 'hooks.before.create[0]', 'not a function'],
    [{ ...base, hooks: { after: { create: { run } } } }, 'hooks.after.create', 'not a function'],
    [{ ...base, hooks: { around: [run, null] } }, 'hooks.around[1]', 'not a function'],
    [{ ...base, hooks: ['x'] }, 'hooks[0]', 'not a function']
  ],
  'interactive-only': [
    [{ ...base, interactive_only: ['ptach'] }, 'interactive_only', 'did you mean patch?'],
    [{ ...base, interactive_only: ['patch', 'patch'] }, 'interactive_only', 'patch once'],
    [{ ...base, interactive_only: false }, 'interactive_only', 'write true']
  ],
  'signed-links': [
    [{ ...read(true), signed_links: ['patch'] }, 'signed_links', 'write one of'],
    [{ ...read(true), signed_links: ['finds'] }, 'signed_links', 'did you mean find?'],
    [{ ...read(true), signed_links: ['get', 'get'] }, 'signed_links', 'get once'],
    [{ ...read(true), signed_links: 'get' }, 'signed_links', "signed_links: ['get']"],
    [{ ...base, signed_links: ['get'] }, 'signed_links', 'none yet'],
    [{ ...report({ input: Type.Object({ user: Type.String() }) }, 'kpi'), signed_links: ['kpi'] }, 'signed_links', 'call it something else']
  ]
} // prettier-ignore

const TAKEN_AS_THEY_ARE: readonly (readonly [string, object])[] = [
  ['a binding of a column to one or several values of the user', read([{ user_id: $user.id }, { folder_id: { $in: [1, 2] } }])],
  ['terms of every kind', read([{ ...role('admin'), done: true }, { due: null }, { due: { $ne: null } }, { price: { $gte: 1.5, $lt: 9 } }, authenticated])],
  ['times and choices', read([{ due: { $lt: '2026-01-31T12:00:00+02:00' } }, { day: '2026-01-31' }, { rank: { $in: ['low'] } }])],
  ['the rule of a parent', { fields: { user_id: owner('users') }, access: { read: { user_id: asParent } } }],
  ['a report beside the records', { ...report({}, 'kpi'), access: { read: true } }],
  ['two methods of one path', { ...action({ http: { method: 'PUT', path: 'x' } }), actions: { a: { input: Type.Object({}), output: Type.Object({}), run, access: true, http: { method: 'PUT', path: 'x' } }, b: { input: Type.Object({}), output: Type.Object({}), run, access: true, http: { method: 'PATCH', path: 'x' } } } }],
  ['a step that sets columns', step({ set: { due: now, size: 3, folder_id: 1 } })],
  ['a step that says who took it', { ...step({ set: { by_id: $user.id } }), fields: { ...notes, by_id: nullable(belongsTo('users')) } }],
  ['a check with a sentence', { ...base, checks: { fits: { sql: 'size < price', message: 'It costs too little' } } }],
  ['checks between columns', { ...base, checks: { fits: 'size < price or coalesce(size, 0) = 0', text: "title <> 'prize' and not done" } }],
  ['options that are not those of a helper by itself', fields({ a: timestamp({ format: 'date' }), b: money({ multipleOf: 0.05 }), c: money({ multipleOf: 5 }) })],
  ['max_x without x', fields({ max_stock: integer(), min_tags: integer() })],
  ['its own created_at where there is none', { ...fields({ created_at: timestamp(), deleted_at: timestamp() }), timestamps: false }],
  ['a large resource with its indexes', { ...fields({ body: text() }), large: true, indexes: [...indexed, 'created_at', 'updated_at'] }],
  ['a reference to a UUID', fields({ a: immutable(Type.String({ format: 'uuid', references: { resource: 'codes', on_delete: 'cascade' } })) })],
  ['restore by hand where nothing is soft', action({}, 'restore')],
  ['history by hand where nothing is kept', action({}, 'history')],
  ['hooks of every sort, of a step as well', { ...step({}), hooks: { around: { all: [] }, before: [], after: { finish: [] }, error: { patch: [] } } }],
  ['hooks in the short form', { ...base, hooks: { create: [], all: [] } }],
  ['hooks that are functions, alone or listed', { ...base, hooks: { before: { create: run, patch: [run, run] }, around: [run] } }],
  ['what is computed by functions and casts whose names are like fields', fields({ a: computed(integer(), "length(title)::integer + pric(size, 'titel')") })],
  ['a read-only field that code fills in', { ...fields({ a: readOnly(short) }), access: { create: authenticated }, create: { input: Type.Object({}), run: async () => ({ id: 1 }) } }],
  ['anyone as the creator of what may have no owner', { fields: { user_id: nullable(owner('users')) }, access: { create: true } }],
  ['a creation that binds the creator', access({ create: [{ user_id: $user.id }, role('admin')] })],
  ['what is computed from a guarded field, guarded alike', { ...fields({ a: computed(boolean(), 'price > 9') }), access: { fields: { price: { read: role('admin') }, a: { read: role('admin') } } } }],
  ['a rule of a field that asks of the record', access({ read: true, fields: { price: { read: [{ user_id: $user.id }, { done: true, rank: { $in: ['low'] } }], write: { status: 'open' } } } })],
  ['a rule of a field that asks for that field', access({ read: true, fields: { price: { read: [{ price: { $lt: 5 } }, role('admin')] } } })],
  ['a rule of a field that asks for another with the same rule', access({ fields: { price: { read: { user_id: $user.id } }, user_id: { read: { user_id: $user.id } } } })],
  ['members', { ...base, members: { note_ids: 'user_id' } }],
  ['members by a join table, of which some count', { ...join({ value: 'folder_id', where: [{ rank: 'high' }, { done: false, size: { $gt: 3 } }] }), access: { read: { folder_id: { $in: { $user: 'joined_ids' } } } } }],
  ['members of texts', { ...join({ value: 'slug' }), access: { read: { title: { $in: { $user: 'joined_ids' } } } } }],
  ['a membership of its own', { fields: { team_id: belongsTo('teams' as never) }, access: { read: { team_id: { $in: { $user: 'team_ids' } } } } }],
  ['the least and the greatest number of 32 bits', fields({ a: withDefault(integer(), -2147483648), b: withDefault(integer(), 2147483647) })],
  ['a whole number beyond 32 bits', fields({ a: Type.Integer({ column: 'bigint', maximum: 1e12 }) })]
] // prettier-ignore

describe('the verifiers', () => {
  for (const [rule, cases] of Object.entries(REFUSED)) {
    describe(rule, () => {
      for (const [index, [spec, at, ...said]] of cases.entries()) {
        it(`refuses ${at}, case ${index + 1}: ${said.join(', ')}`, () => {
          const problems = problemsOf(...cast, declare('notes', spec))
          assert.deepEqual(problems.map((problem) => problem.path), [at], JSON.stringify(problems)) // prettier-ignore
          const [{ resource, message, hint } = assert.fail()] = problems
          assert.equal(resource, 'notes')
          assert.match(message, /^notes: /)
          assert.ok(hint.length > 0)
          for (const words of said) assert.ok(`${message}\n${hint}`.includes(words), `${message}\n${hint}`)
        })
      }
    })
  }

  for (const [what, spec] of TAKEN_AS_THEY_ARE) {
    it(`takes ${what}`, () => assert.deepEqual(problemsOf(...cast, declare('notes', spec)), []))
  }

  it('refuses the name of a resource that no table should have', () => {
    const named = (name: string) => problemsOf(declare(name)).map(({ path, hint }) => `${path}: ${hint}`)
    assert.deepEqual(named('order-items'), ["name: write 'order_items' with path: 'order-items'"])
    assert.deepEqual(named('Orders'), ['name: write orders'])
    assert.deepEqual(named('changes'), ['name: choose another name than changes'])
    assert.deepEqual(named('rate_limits'), ['name: choose another name than rate_limits'])
    assert.deepEqual(named('x'.repeat(64)), [`name: shorten ${'x'.repeat(64)}`])
  })

  it('refuses two resources of one name, and what one serves under the path of another', () => {
    assert.deepEqual(problemsOf(folders, folders).map(({ path }) => path), ['name']) // prettier-ignore
    const reported = {
      reports: { items: { input: Type.Object({}), output: Type.Object({}), run, access: true } }
    }
    const items = declare('items', { path: 'orders/items', access: { read: true } })
    const [problem, ...others] = problemsOf(declare('orders', reported), items)
    assert.match(
      problem!.message,
      /^items: find answers GET \/orders\/items, which items of orders answers already/
    )
    assert.deepEqual(others, [])
  })

  it('tells of what is listed and is no declaration', () => {
    for (const none of [undefined, null, { name: 'notes' }, { spec: {} }, 'notes']) {
      const [problem, ...others] = problemsOf(folders, none as never)
      assert.equal(problem?.path, 'resources[1]')
      assert.match(problem!.hint, /defineResource/)
      assert.deepEqual(others, [])
    }
  })

  it('tells all problems of all resources at once', () => {
    const wrong = (name: string) =>
      declare(name, { fields: { a: short }, indexes: ['b'], search: ['c'], access: { read: { d: 1 } } })
    const paths = problemsOf(wrong('one'), wrong('two')).map(({ resource, path }) => `${resource} ${path}`)
    assert.deepEqual(paths.sort(), [
      'one access.read.d', 'one indexes[0]', 'one search[0]', 'two access.read.d', 'two indexes[0]', 'two search[0]'
    ]) // prettier-ignore
    assert.throws(() => verify([wrong('one')]), {
      name: 'DeclarationError',
      message: /3 problems:\n- one: .*\n {2}.*\n- one: /
    })
  })

  it('takes every declaration that is shipped', () => {
    const folders = ['../../src/services', '../../packages/rachis/src/accounts/resources']
    const files = folders.flatMap((name) => {
      const folder = path.join(__dirname, name)
      const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      return found.filter((file) => /\/.*\.ts$/.test(file)).map((file) => path.join(folder, file))
    })
    const values = files.flatMap((file) => Object.values(require(file) as object) as Partial<AnyResource>[])
    const shipped = values.filter((value) => value?.name && value.spec?.access) as AnyResource[]
    for (const name of ['users', 'sessions', 'tasks', 'categories', 'products', 'auth'])
      assert.ok(
        shipped.some((resource) => resource.name === name),
        name
      )
    verify([...new Set(shipped)])
  })
})

describe('what the verifiers know of others', () => {
  it('lists every method that a service has', () => {
    const service = new ResourceService({} as never, lowered(folders), {} as never)
    const keys = new Set<string>(protectedMethods)
    for (const prototype of [EventEmitter.prototype, service]) {
      for (let at: object = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
        Object.getOwnPropertyNames(at).forEach((key) => keys.add(key))
      }
    }
    // Only names in snake_case could be declared. `restore` is meant to be shadowed.
    const missing = [...keys].filter(
      (key) => /^[a-z][a-z0-9_]*$/.test(key) && !TAKEN.has(key) && !(key in {}) && key !== 'restore'
    )
    assert.deepEqual(missing, [])
  })

  it('is told of the options that a helper of fields is given', () => {
    assert.equal(timestamp({ format: 'date' }).format, 'date')
    assert.equal(password({ format: 'email' } as never).format, 'email')
    assert.deepEqual([money({ multipleOf: 0.05 }).multipleOf, money().multipleOf], [0.05, 0.01])
  })

  it('lists the formats that the validator checks', () => {
    const unchecked = FORMATS.filter((format) => lazyValidator(Type.String({ format }))('~ ~').length === 0)
    assert.deepEqual(unchecked, ['password'])
  })
})

describe('similar', () => {
  it('finds the name that was probably meant', () => {
    assert.equal(similar('titel', ['id', 'title', 'tile']), 'title')
    assert.equal(similar('firstName', ['last_name', 'first_name']), 'first_name')
    assert.equal(similar('colour', ['size', 'price']), undefined)
  })

  it('takes one slip of the pen in a short name', () => {
    assert.equal(similar('ix', ['id']), 'id')
    assert.equal(similar('xy', ['id']), undefined)
  })

  it('does not compare what is too long to be a name', () =>
    assert.equal(similar('x'.repeat(10_000), ['x'.repeat(10_000)]), undefined))
})
