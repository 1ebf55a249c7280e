import {
    $user, belongsTo, boolean, integer, json, nullable, owner,
  password, readOnly, text, Type, unique, textArray
} from '../../packages/rachis/src/declare' // prettier-ignore
import { base, fields, short, refuses } from './notes'

describe('the verifiers of relations, indexes and searches', () =>
  refuses({
  references: [
    [fields({ a: belongsTo('folder' as never) }), 'fields.a', 'did you mean folders?'],
    [fields({ a: belongsTo('mail' as never) }), 'fields.a', 'no records'],
    [fields({ a: belongsTo('codes' as never) }), 'fields.a', 'the id of codes a uuid', "format: 'uuid'"],
    [fields({ a: Type.String({ format: 'uuid', references: { resource: 'folders', on_delete: 'restrict' } }) }), 'fields.a', "belongsTo('folders')"],
    [fields({ a: belongsTo('folders' as never, { allow_unreadable: 'yes' as never }) }), 'fields.a', 'allow_unreadable: true'],
    [fields({ a: readOnly(belongsTo('folders' as never, { allow_unreadable: true })) }), 'fields.a', 'set by the server'],
    [fields({ a: Type.Integer({ column: 'bigint', references: { resource: 'folders', on_delete: 'restrict', readable: false } }) }), 'fields.a', 'references.readable', 'allow_unreadable'],
    [fields({ a: Type.Integer({ column: 'bigint', references: { resource: 'folders', on_delete: 'restrict', where: { shelf: 'x' } } }) }), 'fields.a.references.where.shelf', 'shelf, which is not a field'],
    [fields({ a: Type.Integer({ column: 'bigint', references: { resource: 'folders', on_delete: 'restrict', where: { id: $user.id } } }) }), 'fields.a.references.where.id', 'asks of the caller'],
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
    [{ ...base, relations: { kids: { through: 'folderz', by: 'note_id', to: 'folder_id' } } }, 'relations.kids', 'did you mean folders?'],
    [{ ...base, relations: { kids: { through: 'folders', by: 'name', to: 'name' } } }, 'relations.kids', "name: belongsTo('notes') in folders"],
    [{ ...fields({ up_id: nullable(belongsTo('notes' as never)) }), relations: { kids: { through: 'notes', by: 'up_id', to: 'folderid' } } }, 'relations.kids', 'which is not a field of notes that refers to a resource'],
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
  ]
  })) // prettier-ignore
