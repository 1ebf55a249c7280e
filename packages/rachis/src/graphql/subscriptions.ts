import type { GraphQLFieldConfig, GraphQLFieldConfigMap, GraphQLResolveInfo } from 'graphql'
import { GraphQLNonNull, GraphQLObjectType, GraphQLString } from 'graphql'
import { toApiError } from '../errors/errors'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import { isTold } from '../openapi/offered'
import { parseSubscription } from '../service/subscription'
import type { GraphqlContext } from './context'
import { EventQueue } from './event-queue'
import type { GraphqlEvent } from './event-queue'
import { filterQuery } from './filter-query'
import type { OperationTypes } from './operations'
import { includePaths, selectedBelow } from './selection'

interface Arguments {
  readonly filter?: Readonly<Record<string, unknown>> | null
  readonly after?: string | null
}

/** Who is connected, as real time keeps it for a connection of any transport. */
interface Connection {
  readonly provider: 'graphql'
  readonly headers: GraphqlContext['headers']
  readonly address?: string
  user?: GraphqlContext['caller']['user']
}

const connect = async ({ app, caller, headers }: GraphqlContext): Promise<Connection> => {
  const { address, authentication } = caller
  const connection: Connection = { provider: 'graphql', headers, address }
  if (authentication) await app.get('identity').connect(connection, authentication, { address })

  return connection
}

/**
 * Opens a stream of events for one subscription: it is told of the same events by the same rights as a socket, and counted as a connection.
 *
 * @throws as signing in does, FORBIDDEN for what may not be read, NOT_SUBSCRIBABLE for a filter that cannot be asked of a change,
 * TOO_MANY_REQUESTS
 */
const open = async (
  model: Model,
  { filter, after }: Arguments,
  context: GraphqlContext
): Promise<EventQueue> => {
  const connection = await connect(context)
  const query = filter ? { filter: filterQuery(model, filter) } : {}
  const asked = parseSubscription(model, query, connection.user ?? null)
  const { open: openStream, admit, backlogs } = context.app.get('streams')
  const leave = admit(context.request, connection)
  let queue: EventQueue | undefined
  try {
    queue = new EventQueue(backlogs, { asked: [asked], others: false }, leave)
    queue.begin(openStream()(connection, queue.endpoint, after ?? undefined))
  } catch (error) {
    // A queue that has begun leaves as it ends.
    if (queue) await queue.return()
    else leave()
    throw error
  }

  return queue
}

const GONE = ['NOT_FOUND', 'FORBIDDEN']

/**
 * Events carry no related records: where some are selected, the record is read as it is now. One that is not there any more, or may not be
 * read, stays as it was told.
 *
 * @throws as the read does: the event is then null beside the error
 */
const withRelations = async (
  event: GraphqlEvent,
  [model, get]: readonly [Model, Operation | undefined],
  context: GraphqlContext,
  info: GraphQLResolveInfo
): Promise<GraphqlEvent> => {
  if (!get || event.record === null || event.event === 'removed') return event
  const include = includePaths(info, model, selectedBelow(info, info.fieldNodes).get('record') ?? [])
  if (include.length === 0) return event
  const given = { id: event.record.id, query: { include }, headers: context.headers }
  const read = context.app.get('call')(get, given, context.caller)

  return read.then(
    ({ body }) => ({ ...event, record: body as GraphqlEvent['record'] }),
    (error: unknown) => {
      if (GONE.includes(toApiError(error).errorCode)) return event
      throw error
    }
  )
}

const eventType = (model: Model, { types }: OperationTypes) =>
  new GraphQLObjectType<GraphqlEvent>({
    name: types.namesOf(model).event,
    fields: {
      event: {
        type: new GraphQLNonNull(GraphQLString),
        description: `${model.events.map(({ name }) => name).join(', ')}; or of the subscription itself: hello, synced, reset, slow, token_expiring, token_expired.`
      },
      record: { type: types.record(model), description: 'Of one that was removed, or may not be read any more, perhaps the id alone.' },
      position: { type: GraphQLString, description: 'Sent as `after`, what follows it is told.' },
      tx: { type: GraphQLString, description: 'The transaction that made the change.' },
      reason: { type: GraphQLString, description: 'Why the records are to be read anew, with `reset`.' }
    }
  }) // prettier-ignore

type Field = GraphQLFieldConfig<unknown, GraphqlContext, Arguments>

const subscriptionField = (model: Model, parts: OperationTypes): Field => {
  const get = model.operations.find(({ name }) => name === 'get')

  return {
    type: new GraphQLNonNull(eventType(model, parts)),
    description: `What happens to ${model.name}: all that the caller may read, or what a filter finds.`,
    args: {
      filter: { type: parts.filters.filter(model), description: 'Of fields of the record itself.' },
      after: { type: GraphQLString, description: 'A position of an earlier subscription, from which it goes on.' } // prettier-ignore
    },
    subscribe: (_source, args, context) => open(model, args, context),
    resolve: (event, _args, context, info) => withRelations(event as GraphqlEvent, [model, get], context, info) // prettier-ignore
  }
}

/** A field for each resource whose changes its readers are told of. */
export const subscriptionFields =
  (models: readonly Model[]) =>
  (parts: OperationTypes): GraphQLFieldConfigMap<unknown, GraphqlContext> =>
    Object.fromEntries(
      models.filter(isTold).map((model) => [model.name, subscriptionField(model, parts) as never])
    )
