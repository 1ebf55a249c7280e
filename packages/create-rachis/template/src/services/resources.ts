import type { AnyResource } from 'rachis'
import { notes } from './notes/notes'

/** Every declaration of this application; modules bring theirs. A resource is served because it stands here. */
export const resources: readonly AnyResource[] = [notes]
