import type { Operation } from '../../model/operations'

/** What protection tries on every resource, declared or not. */
type Standard = Pick<Operation, 'name' | 'effect' | 'target' | 'data'> & {
  readonly method: Operation['http']['method']
}

export const CRUD: readonly Standard[] = [
  { name: 'find', method: 'GET', effect: 'read', target: 'collection', data: 'none' },
  { name: 'get', method: 'GET', effect: 'read', target: 'record', data: 'none' },
  { name: 'create', method: 'POST', effect: 'write', target: 'collection', data: 'fields' },
  { name: 'update', method: 'PUT', effect: 'write', target: 'record', data: 'fields' },
  { name: 'patch', method: 'PATCH', effect: 'write', target: 'record', data: 'fields' },
  { name: 'remove', method: 'DELETE', effect: 'write', target: 'record', data: 'none' }
]
export const RESTORE: Standard = {
  name: 'restore',
  method: 'POST',
  effect: 'write',
  target: 'record',
  data: 'input'
}
