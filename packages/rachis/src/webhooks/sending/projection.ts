import type { UserRule } from '../../declare'
import type { Principal } from '../../declare/declarations'
import type { Change } from '../../feed/change'
import { CHANGE_COLUMNS, changeOf } from '../../feed/change'
import { Realtime } from '../../feed/consumers/realtime'
import { Parents } from '../../feed/parents'
import type { Packet } from '../../feed/subscriber'
import { asksFor, mayReadOf } from '../../feed/subscriber'
import { versionedPackets } from '../../feed/versioned-packets'
import { userOf } from '../../jobs/context'
import type { Model } from '../../model/model'
import type { ModuleContext } from '../../module'
import { audienceCompiler } from '../../rules/audience'
import { holdsFor } from '../../rules/policy'
import { kindOf, Reader, toldModels } from '../reading'
import type { Wishes } from '../resources/endpoint-fields'
import type { Delivery } from './delivery'
import { happenedAt, RESET_EVENT, TEST_EVENT } from './delivery'

const CHANGE = `select ${CHANGE_COLUMNS} from changes where id = $1`

const fail = (error: unknown): never => {
  throw error as Error
}

/**
 * What changes are to endpoints, by the rights that their owners have when it is asked. Real time says so: an endpoint is a subscriber like a
 * connection, to which a part of the past is replayed.
 */
export class Projection {
  readonly models: readonly Model[]
  readonly audienceOf: ReturnType<typeof audienceCompiler>
  private readonly packetsIn: ReturnType<typeof versionedPackets>
  private readonly parents: Parents

  /** @param access who may have endpoints */
  constructor(
    private readonly context: ModuleContext,
    private readonly access: UserRule
  ) {
    this.models = toldModels(context.models)
    this.audienceOf = audienceCompiler(this.models)
    this.packetsIn = versionedPackets(this.models)
    this.parents = new Parents(context.database, context.models)
  }

  /** The owner of an endpoint as they are now; undefined where they cannot sign in any more, or may not have endpoints. */
  async owner(user_id: number): Promise<Principal | undefined> {
    const user = await userOf(this.context, { user_id: String(user_id) })

    return user && holdsFor(this.access, user) ? user : undefined
  }

  /** Real time for endpoints alone: a failure of one change is a failure of all, and whoever asks tries again. */
  realtime(): Realtime {
    const models = new Map(this.models.map((model) => [model.name, model]))
    return new Realtime({ models, parents: this.parents, onError: fail })
  }

  /** An endpoint as a subscriber, by the rights that its owner has now. */
  reader(wishes: Wishes, owner: Principal, hear: (packet: Packet) => void): Reader {
    return new Reader(this, wishes, owner, hear)
  }

  /** What these changes are to one endpoint, in the order of the feed. */
  async tell(wishes: Wishes, owner: Principal, changes: readonly Change[]): Promise<readonly Packet[]> {
    const told: Packet[] = []
    const realtime = this.realtime()
    realtime.join(this.reader(wishes, owner, (packet) => void told.push(packet)))
    await realtime.tellAll(changes)

    return told
  }

  /**
   * What is sent: type, time and data, as Standard Webhooks proposes it; undefined where the owner may not, or does not want to, be told of it.
   *
   * @param owner as they are now
   * @throws {Gone} where the change is not kept any more
   */
  async payload(delivery: Delivery, owner: Principal): Promise<object | undefined> {
    const { happened_at: timestamp } = delivery
    if (delivery.event === RESET_EVENT) return this.resetOf(delivery, owner)
    if (delivery.event === TEST_EVENT) return { type: TEST_EVENT, timestamp, data: { endpoint_id: delivery.endpoint_id } } // prettier-ignore
    const packet = await this.packetFor(delivery, owner)
    if (!packet) return undefined
    const { path, event, data } = this.packetsIn(delivery.api_version ?? undefined)(packet)

    return { type: `${path}.${event}`, timestamp, data }
  }

  /** Paths of the resources that are told to an endpoint, of all or of one. */
  toldPaths(wishes: Wishes, owner: Principal, only: string | null): readonly string[] {
    const reader = this.reader(wishes, owner, () => undefined)
    const told = this.models.filter(({ name }) => asksFor(reader, name) && mayReadOf(name, reader))

    return told.map(({ path }) => path).filter((path) => only === null || path === only)
  }

  private resetOf(delivery: Delivery, owner: Principal): object | undefined {
    const { happened_at: timestamp, reason, resource } = delivery
    const resources = this.toldPaths(delivery, owner, resource)

    return resources.length > 0 ? { type: RESET_EVENT, timestamp, data: { reason, resources } } : undefined
  }

  private async packetFor(delivery: Delivery, owner: Principal): Promise<Packet | undefined> {
    const told = await this.tell(delivery, owner, [await this.changeOf(delivery)])
    const kind = kindOf(delivery.event.slice(delivery.resource!.length + 1))

    return told.find(
      ({ path, event, data }) =>
        path === delivery.resource && String(data.id) === delivery.record_id && kindOf(event) === kind
    )
  }

  private async changeOf({ change_id, happened_at }: Delivery): Promise<Change> {
    const [row] = await this.context.database.query({ text: CHANGE, values: [change_id] })
    const change = row && changeOf(row)
    // After a restore there may be another change of this id.
    if (!change || happenedAt(change) !== happened_at) throw new Gone()

    return change
  }
}

/** The change that a delivery tells of was removed as too old, or is not in this history. */
export class Gone extends Error {}
