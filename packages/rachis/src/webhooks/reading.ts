import type { Application, Principal } from '../declare/declarations'
import type { Packet } from '../feed/subscriber'
import type { Asks, Subscriber } from '../feed/subscriber'
import { ApiError } from '../errors/errors'
import type { Model } from '../model/model'
import { CHANGE_EVENTS } from '../model/events'
import type { Audience } from '../rules/audience'
import type { Shape } from '../rules/shape'
import type { User } from '../rules/policy'
import { parseStream } from '../service/subscription'
import { networkList } from './network/addresses'
import type { Reach } from './network/target'
import type { Wishes } from './resources/endpoint-fields'

/** Where requests of this application may go. */
export const reachOf = (app: Application): Reach => {
  const { allow_http, allowed_networks } = app.get('webhooks')
  return { allow_http, allowed: networkList(allowed_networks) }
}

/** Their own records are written with each attempt: an endpoint that was told of them would never come to an end. */
const UNTOLD = ['webhook_endpoints', 'webhook_deliveries']

/** The resources that endpoints can be told of. */
export const toldModels = (models: readonly Model[]): readonly Model[] =>
  models.filter(({ name, events }) => events.length > 0 && !UNTOLD.includes(name))

const isOfChange = (event: string): boolean => (CHANGE_EVENTS as readonly string[]).includes(event)

/** What of a change an event is: `change`, or the name of the action that made it. What a change is to a reader depends on their rights. */
export const kindOf = (event: string): string => (isOfChange(event) ? 'change' : event)

/** Whether an endpoint asks for this event; its records were asked for by its filter. */
export const asksForEvent = ({ events }: Pick<Wishes, 'events'>, { path, event }: Packet): boolean =>
  events.length === 0 || events.includes(event) || events.includes(`${path}.${event}`)

/** The shapes of one resource by the present rights of the owner: none where they may not ask for it any more. */
const shapesIn = (models: readonly Model[], path: string, wishes: Wishes, user: User): readonly Shape[] => {
  const filter = path in wishes.filter ? { filter: { [path]: wishes.filter[path] } } : {}
  try {
    const { asked = [] } = parseStream(models, { resources: path, ...filter }, user) ?? {}
    return asked.flatMap((one) => one.shapeFor(user) ?? [])
  } catch (error) {
    if (error instanceof ApiError) return []
    throw error
  }
}

/** What an endpoint asks for, as a subscriber does; undefined for all that its owner may read. */
const asksOf = (models: readonly Model[], wishes: Wishes, user: User): Asks | undefined => {
  const { resources, filter } = wishes
  const paths = resources.length > 0 ? resources : Object.keys(filter)
  if (paths.length === 0) return undefined
  const named = models.filter(({ path }) => paths.includes(path))
  const shapes = new Map(named.map(({ name, path }) => [name, shapesIn(models, path, wishes, user)]))

  return { shapes, others: resources.length === 0 }
}

export interface ReaderOptions {
  /** Those of `toldModels`. */
  readonly models: readonly Model[]
  readonly audienceOf: (user: User) => Audience
}

/** An endpoint as a subscriber of real time, by the rights that its owner has now. */
export class Reader implements Subscriber {
  readonly audience: Audience
  readonly asks?: Asks

  constructor(
    { models, audienceOf }: ReaderOptions,
    private readonly wishes: Wishes,
    owner: Principal,
    private readonly hear: (packet: Packet) => void
  ) {
    this.audience = audienceOf(owner)
    this.asks = asksOf(models, wishes, owner)
  }

  send(packet: Packet): void {
    if (packet.event !== 'reset' && asksForEvent(this.wishes, packet)) this.hear(packet)
  }
}
