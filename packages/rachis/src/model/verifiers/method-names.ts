import type { Problem } from '../../declare/verifiers/shared/problem'
import { problem } from '../../declare/verifiers/shared/problem'
import { collisions } from '../../declare/verifiers/shared/collisions'
import { nameFinding } from '../../declare/verifiers/shared/name'
import { CHANGE_EVENTS, CONNECTION_EVENTS, SUBSCRIPTION_METHODS } from '../events'
import type { Model } from '../model'
import type { Operation } from '../operation'
import { STANDARD_NAMES } from '../standard-operations'

/** Names that a service has already: a method of the same name would take their place. A test compares the list. */
export const TAKEN: ReadonlySet<string> = new Set([
  ...STANDARD_NAMES,
  // Of every resource that can be read.
  'aggregate',
  // What Feathers puts on every service.
  'all', 'around', 'before', 'after', 'error', 'hooks', 'setup', 'teardown', 'publish', 'registerPublisher',
  // Node's EventEmitter.
  '_events', '_eventsCount', '_maxListeners', 'setMaxListeners', 'getMaxListeners', 'emit', 'addListener', 'on',
  'prependListener', 'once', 'prependOnceListener', 'removeListener', 'off', 'removeAllListeners', 'listeners',
  'rawListeners', 'listenerCount', 'eventNames',
  // Events of socket.io itself: a method is called by an event of its name.
  'connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener',
  // Events of every record and of every socket: one of another meaning would be taken for them.
  ...CHANGE_EVENTS, ...CONNECTION_EVENTS,
  // Methods of sockets, on every resource that can be read.
  ...SUBSCRIPTION_METHODS,
  // The service class of declared resources. A service with `then` would be awaited as a promise.
  'id', 'app', 'model', 'options', 'events', 'target', 'run', 'one', 'count', 'picked', 'sanitized', 'define', 'transition', 'action',
  'then'
]) // prettier-ignore

/** Permissions of API keys that name several operations: `notes:read` would allow one of this name by accident. */
const PERMISSIONS = ['read', 'write']

/** An operation whose name the declaration chooses. */
type Declared = Operation & { readonly declaredAt: string }
const isDeclared = (operation: Operation): operation is Declared => operation.declaredAt !== undefined

const isTaken = (name: string) => TAKEN.has(name) || name in Object.prototype

/** One name leads to one thing: a method of the service, an event on its sockets, a permission of API keys. */
export const methodNames = (model: Model): Problem[] => {
  const declared = model.operations.filter(isDeclared)
  const at = ({ declaredAt }: Declared, what: string, hint: string) => problem(model, declaredAt, what, hint)

  return [
    ...declared.flatMap((operation) => {
      const finding = nameFinding(operation.name)
      return finding ? [at(operation, finding.what, finding.hint)] : []
    }),
    ...declared
      .filter(({ name }) => PERMISSIONS.includes(name))
      .map((operation) => {
        const { name } = operation
        const what = `${name} is a permission of API keys, which names several operations`
        return at(operation, what, `choose another name than ${name}, such as mark_${name}`)
      }),
    ...declared
      .filter(({ name }) => isTaken(name))
      .map((operation) => {
        const { name } = operation
        return at(
          operation,
          `${name} is a method that every service has already`,
          `choose another name than ${name}`
        )
      }),
    ...collisions(declared, ({ name }) => name).map(([operation, first]) => {
      const { name, declaredAt } = operation
      const what = `${name} is the name of ${first.declaredAt} as well`
      return at(operation, what, `rename ${declaredAt}, or leave one of the two out`)
    })
  ]
}
