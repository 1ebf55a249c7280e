import { $user, belongsTo, immutable } from 'rachis'

/** Those of the organisation: part of every rule of a record that belongs to one. */
export const ours = { organisation_id: { $in: $user.organisation_ids } }
/** Named at creation, and never changed: a record stays with its organisation. */
export const organisation = () => immutable(belongsTo('organisations', { on_delete: 'cascade' }))
