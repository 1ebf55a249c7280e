import type { AnySpec } from '../../any-resource'

/** Feathers' own methods. */
export const CRUD = ['find', 'get', 'create', 'update', 'patch', 'remove']

/** Operations that a declaration names by itself. */
export const namedOperations = ({ actions, reports, states }: AnySpec): string[] =>
  Object.keys({ ...actions, ...reports, ...states?.transitions })
