import type { Audience, Draft, DraftField } from './draft'
import { UsageError } from './draft'
import { askAudience, askOwner } from './prompts'

export interface AccessOptions {
  readonly owner?: string
  readonly read?: string
  readonly write?: string
}
type Access = Pick<Draft, 'fields' | 'read' | 'write'>

const ROLES = /^[a-z][a-z0-9_]*(,[a-z][a-z0-9_]*)*$/

/** @throws {UsageError} for what is neither one of the words nor a list of roles */
const audienceOf = (option: string, typed: string, hasOwner: boolean): Audience => {
  if (typed === 'owner' && !hasOwner) throw new UsageError(`--${option} owner, and no field is the owner.`, 'Type --owner user_id as well, with user_id:belongsTo:users among the fields.') // prettier-ignore
  if (typed === 'anyone' || typed === 'signed-in' || typed === 'owner') return typed
  if (ROLES.test(typed)) return typed.split(',')
  throw new UsageError(`--${option} ${typed} says not who.`, `Type --${option} anyone, --${option} signed-in, --${option} owner or roles such as --${option} admin,manager`) // prettier-ignore
}

const owned = (fields: readonly DraftField[], owner: string): DraftField[] => {
  const field = fields.find(({ name }) => name === owner)
  if (!field) throw new UsageError(`There is no field ${owner} to be the owner.`, `Type ${owner}:belongsTo:users among the fields.`) // prettier-ignore
  if (field.references !== 'users') throw new UsageError(`The owner ${owner} does not belong to users.`, `Type ${owner}:belongsTo:users`) // prettier-ignore
  if (field.wrappers.length > 0) throw new UsageError(`The owner ${owner} is set by the server, and has ${field.wrappers.join(' and ')} behind its type.`, `Type ${owner}:belongsTo:users`) // prettier-ignore

  return fields.map((one) => (one.name === owner ? { ...one, isOwner: true } : one))
}

/** Who may read and write: as it was said, else the owner, else whoever is signed in reads and administrators write. */
export const accessOf = (fields: readonly DraftField[], { owner, read, write }: AccessOptions): Access => ({
  fields: owner === undefined ? fields : owned(fields, owner),
  read: audienceOf('read', read ?? (owner === undefined ? 'signed-in' : 'owner'), owner !== undefined),
  write: audienceOf('write', write ?? (owner === undefined ? 'admin' : 'owner'), owner !== undefined)
})

/** The same, where what was left out is asked. */
export const askAccess = async (fields: readonly DraftField[], options: AccessOptions): Promise<Access> => {
  const owner = options.owner ?? (await askOwner(fields))
  const access = accessOf(fields, { ...options, ...(owner === undefined ? {} : { owner }) })
  if (owner !== undefined) return access

  return {
    ...access,
    read: options.read ? access.read : await askAudience('Who reads the records?', 'signed-in'),
    write: options.write ? access.write : await askAudience('Who creates, changes and removes them?', 'admin')
  }
}
