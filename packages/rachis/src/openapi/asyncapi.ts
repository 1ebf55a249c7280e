import type { Event } from '../model/events'
import { eventsOf } from '../model/events'
import type { Model } from '../model/model'
import type { Schema } from './openapi-document'
import { namer, recordName } from './openapi-document'
import { isTold } from './offered'
import { clean } from './openapi-schema'

interface Ref {
  readonly $ref: string
}
interface Message {
  readonly name: string
  readonly title: string
  readonly summary?: string
  readonly headers?: Schema | Ref
  readonly payload: Schema | Ref
}
interface Channel {
  readonly address: string | null
  readonly title: string
  readonly description?: string
  readonly messages: Readonly<Record<string, Ref>>
}
interface Operation {
  /** As seen from the server: `send` is what clients are told. */
  readonly action: 'send'
  readonly channel: Ref
  readonly messages: readonly Ref[]
  readonly summary: string
}

export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly defaultContentType: 'application/json'
  readonly servers: Readonly<Record<string, object>>
  readonly channels: Readonly<Record<string, Channel>>
  readonly operations: Readonly<Record<string, Operation>>
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>
    readonly schemas: Readonly<Record<string, Schema>>
  }
}

export interface AsyncApiOptions {
  readonly version?: string
  /** The host that clients connect to, such as `api.example.com`. */
  readonly host: string
  readonly secure: boolean
  /** The prefix of the API's version that the event stream is under. */
  readonly prefix: string
}

const DESCRIPTION = `What clients are told while it happens: each is told of the records that it may read, with the fields that it may read.

Over Socket.IO an event has the name of its message, \`tasks created\`, and two arguments: its payload, and the headers of its message. As server-sent events, at the event stream, \`event:\` is the
name, \`data:\` the payload, \`id:\` the position and \`tx:\` the transaction; of one change that makes several events only the last has an \`id\`.`

const text = (description: string): Schema => ({ type: 'string', description })
const object = (properties: Record<string, Schema>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {})
})

const POSITION = text('A place in the feed: a client goes on from it after a cut. Opaque.')
const HEADERS = object({
  position: POSITION,
  tx: text('Id of the transaction that made the change, as `X-Rachis-Tx` names it.'),
  subscription: text('The name of the subscription that it is told for.'),
  more: { type: 'boolean', const: true, description: 'More of the same change follows: the position is not complete yet.' },
  reason: text('Why the records are to be read anew, with `reset`.')
}) // prettier-ignore

/** What a connection is told of itself, with the schema of its data. */
const OF_CONNECTION: Readonly<Record<string, { readonly summary: string; readonly payload: Schema }>> = {
  hello: { summary: 'The event stream is open; what happens behind the position is told', payload: object({ position: POSITION }) },
  synced: { summary: 'Everything up to this position was told', payload: object({ position: POSITION }, ['position']) },
  applied: { summary: 'Everything up to this transaction of the connection was told', payload: object({ tx: text('The transaction.') }, ['tx']) },
  slow: { summary: 'The client does not read: the connection ends, and it comes back with this position', payload: object({ position: POSITION }) },
  token_expiring: { summary: 'The credential ends soon', payload: object({ expires_in: { type: 'integer', description: 'Seconds.' } }, ['expires_in']) },
  token_expired: { summary: 'The credential has ended: nothing more is told until the client signs in again', payload: object({}) }
} // prettier-ignore

const messageRef = (name: string): Ref => ({ $ref: `#/components/messages/${name}` })
const schemaRef = (name: string): Ref => ({ $ref: `#/components/schemas/${name}` })
const channelMessage = (channel: string, name: string): Ref => ({
  $ref: `#/channels/${channel}/messages/${name}`
})

interface Told {
  readonly model: Model
  /** Names of messages in the document by those of events. */
  readonly messages: ReadonlyMap<string, string>
  readonly schemas: Readonly<Record<string, Schema>>
  readonly components: Readonly<Record<string, Message>>
}

const REMOVED = 'removed'
const summaryOf = (name: string, resource: string) =>
  name === 'reset' ? `The records of ${resource} are to be read anew` : `A record of ${resource}: ${name}`

const toldOf = (model: Model, named: (name: string) => string): Told => {
  // Made of the record, since that of an older version is another one.
  const events = eventsOf({ resource: model.name, record: model.record, operations: model.operations })
  const record = named(recordName(model.name))
  const removed = named(`${record}Removed`)
  const schemaOf = ({ name, payload }: Event): [string, Schema] => [name === REMOVED ? removed : record, clean(payload)] // prettier-ignore
  const message = (name: string, payload: Schema | Ref): Message => ({
    name: `${model.path} ${name}`,
    title: `${model.path} ${name}`,
    summary: summaryOf(name, model.name),
    headers: schemaRef('EventHeaders'),
    payload
  })
  const all: [string, Message][] = [
    ...events.map((event): [string, Message] => [event.name, message(event.name, schemaRef(schemaOf(event)[0]))]), // prettier-ignore
    ['reset', message('reset', object({ reason: text('Why, as server-sent event; over a socket it is a header.') }))] // prettier-ignore
  ]
  const keys = all.map(([name]) => [name, `${model.name}_${name}`] as const)

  return {
    model,
    messages: new Map(keys),
    schemas: Object.fromEntries(events.map(schemaOf)),
    components: Object.fromEntries(all.map(([name, one]) => [`${model.name}_${name}`, one]))
  }
}

const channelOf = ({ model, messages }: Told): Channel => ({
  address: model.path,
  title: model.name,
  ...(model.description ? { description: model.description } : {}),
  messages: Object.fromEntries([...messages].map(([event, name]) => [event, messageRef(name)]))
})

const sends = (channel: string, events: Iterable<string>, summary: string): Operation => ({
  action: 'send',
  channel: { $ref: `#/channels/${channel}` },
  messages: [...events].map((event) => channelMessage(channel, event)),
  summary
})

const serversOf = ({ host, secure, prefix }: AsyncApiOptions) => ({
  sockets: {
    host,
    pathname: '/socket.io/',
    protocol: secure ? 'wss' : 'ws',
    description: 'Socket.IO 4. The client signs in by its handshake, or by its first calls.'
  },
  events: {
    host,
    pathname: `${prefix}/events`,
    protocol: secure ? 'https' : 'http',
    description:
      'Server-sent events, with the credentials of every call: `resources` and `filter` choose what is told.'
  }
})

/**
 * Declarations → an AsyncAPI 3 document of what clients are told over sockets and the event stream. Pure.
 *
 * @example asyncapi(lowerAll(resources), { prefix: '/api/v1', host: 'api.example.com', secure: true }).channels.tasks.messages.created
 * // { $ref: '#/components/messages/tasks_created' }
 */
export const asyncapi = (models: readonly Model[], options: AsyncApiOptions): AsyncApiDocument => {
  const named = namer(['EventHeaders'])
  const told = models.filter(isTold).map((model) => toldOf(model, named))
  const own = Object.entries(OF_CONNECTION).map(([name, { summary, payload }]): [string, Message] => [`connection_${name}`, { name, title: name, summary, payload }]) // prettier-ignore
  const names = Object.keys(OF_CONNECTION)

  return {
    asyncapi: '3.0.0',
    info: { title: 'Rachis', version: options.version ?? '1.0.0', description: DESCRIPTION },
    defaultContentType: 'application/json',
    servers: serversOf(options),
    channels: {
      ...Object.fromEntries(told.map((one) => [one.model.name, channelOf(one)])),
      connection: {
        address: null,
        title: 'connection',
        description: 'What a connection is told of itself.',
        messages: Object.fromEntries(names.map((name) => [name, messageRef(`connection_${name}`)]))
      }
    },
    operations: {
      ...Object.fromEntries(told.map(({ model, messages }) => [`${model.name}_events`, sends(model.name, messages.keys(), `What happens to ${model.name}`)])), // prettier-ignore
      connection_events: sends('connection', names, 'What a connection is told of itself')
    },
    components: {
      messages: { ...Object.assign({}, ...told.map(({ components }) => components)), ...Object.fromEntries(own) } as AsyncApiDocument['components']['messages'], // prettier-ignore
      schemas: { EventHeaders: HEADERS, ...Object.assign({}, ...told.map(({ schemas }) => schemas)) } as AsyncApiDocument['components']['schemas'] // prettier-ignore
    }
  }
}
