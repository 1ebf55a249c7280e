export * from './principal'
export * from './fields'
export * from './modifiers'
export type {
  Annotations,
  Defaulted,
  Immutable,
  OnDelete,
  ReadOnly,
  Refers,
  Stateful,
  WriteOnly
} from './traits'
export * from './rules'
export * from './actions'
export type { DeclaredCache } from './caching'
export type { DeclaredShapes, OldField, OldShape } from './versions'
export * from './checks'
export * from './memberships'
export type { HookContext } from './declarations'
export type {
  CreateData,
  PatchData,
  Relation,
  Resource,
  ResourceSpec,
  Row,
  Simplify,
  Switches
} from './define-resource'
export { defineResource } from './define-resource'
export * from './service-of'
export type { Included, RelationPath } from './related'
export * from './clauses'
export { operatorsFor } from './operators'
export * from './field-info'
export * from './any-resource'
export * from './email'
export * from './normalized'
