import type { Model } from '../model/model'
import { PREFIX } from '../model/prefix'
import { accessOf } from './access'

/** Every field of what is read, with what it takes. */
const fieldLines = ({ name, fields, visible }: Model): string[] =>
  visible.map((field) => {
    const { type, nullable, enum: words } = fields.get(field)!
    return `field ${name}.${field}: ${words ? words.join(' | ') : type}${nullable ? ', or null' : ''}`
  })

/**
 * What an application offers, a line for each route, field, event and grant: two of such lists differ in what changed for its clients.
 *
 * @example apiLines(models)[0] // 'GET /api/v1/tasks'
 */
export const apiLines = (models: readonly Model[]): string[] => [
  ...models.flatMap(({ operations }) => operations.map(({ http }) => `${http.method} ${PREFIX}${http.path}`)),
  ...models.flatMap(fieldLines),
  ...models.flatMap(({ path, events }) => events.map(({ name }) => `event ${path} ${name}`)),
  ...accessOf(models).map(({ resource, of, who, what }) => `access ${resource} ${of}: ${who} ${what}`)
]
