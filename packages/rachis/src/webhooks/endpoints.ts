import type { Change } from '../feed/change'
import type { Realtime } from '../feed/consumers/realtime'
import type { Packet } from '../feed/subscriber'
import type { ModuleContext } from '../module'
import { affectedUsers } from '../rules/memberships'
import { groupedBy } from '../util/grouped-by'
import { sameJson } from '../util/same-json'
import type { Reader } from './reading'
import type { Endpoint } from './sending/delivery'
import type { Projection } from './sending/projection'
import { sendAgain, withhold } from './sending/withheld'

const COLUMNS = ['id', 'user_id', 'resources', 'events', 'filter', 'api_version', 'ordered', 'withheld_since'] as const // prettier-ignore
/** What a change of an endpoint has to change for it to be told other things: how it fares is written far more often. */
const DECIDING = [...COLUMNS, 'disabled_at']

/** The change by which each of these endpoints was made, or switched on last. Where it is not kept any more, all that comes is behind it. */
const BEGINNINGS = `
select record_id, max(id) as id from changes
where resource = 'webhook_endpoints' and record_id = any($1) and after ->> 'disabled_at' is null
  and (before is null or before ->> 'disabled_at' is not null)
group by record_id`

const isOther = ({ before, after }: Change): boolean =>
  !before || !after || DECIDING.some((name) => !sameJson(before[name], after[name]))

/** The same as `BEGINNINGS` asks. */
const isBeginning = ({ before, after }: Change): boolean =>
  after !== null && after.disabled_at === null && (!before || before.disabled_at !== null)

const isSwitchedOff = ({ before, after }: Change): boolean =>
  before?.disabled_at === null && after !== null && after.disabled_at !== null

/** What an endpoint was told. */
export type Told = readonly [Endpoint, Packet]

/**
 * The endpoints that are switched on, as subscribers of real time by the rights of their owners. They are kept, and one is read anew where the
 * feed tells of a change of it, or of its owner's rights, so that a change costs what its endpoints cost.
 */
export class Endpoints {
  private readonly affected: ReturnType<typeof affectedUsers>
  private readonly byOwner = new Map<number, Set<number>>()
  private readonly owners = new Map<number, number>()
  private readonly readers = new Map<number, Reader>()
  /** Ids of changes by endpoints: this consumer may be behind, and what happened before an endpoint was there is not for it. */
  private readonly beginnings = new Map<number, number>()
  /** Endpoints that may be others than they were, or whose owners may. */
  private readonly stale = new Set<number>()
  /** Those of them that are new to this process, or were switched off: where they are read as switched on, the change that did so is to be found. */
  private readonly unsure = new Set<number>()
  private realtime: Realtime
  private isKnown = false
  private told: Told[] = []

  constructor(
    private readonly context: ModuleContext,
    private readonly projection: Projection
  ) {
    this.affected = affectedUsers(context.models)
    this.realtime = projection.realtime()
  }

  forget(): void {
    this.isKnown = false
  }

  /** Notes what these changes make another, and answers what they are to endpoints, in the order of the feed. */
  async tell(changes: readonly Change[]): Promise<readonly Told[]> {
    for (const change of changes) this.note(change)
    await this.refresh()
    if (this.readers.size === 0) return []
    this.told = []
    await this.realtime.tellAll(changes)

    return this.told
  }

  private note(change: Change) {
    if (change.resource === 'webhook_endpoints') return this.noteEndpoint(change)
    if (this.byOwner.size === 0) return
    for (const user of this.affected(change))
      for (const id of this.byOwner.get(Number(user)) ?? []) this.stale.add(id)
  }

  private noteEndpoint(change: Change) {
    const id = Number(change.record_id)
    if (isOther(change)) this.stale.add(id)
    if (isSwitchedOff(change)) this.unsure.add(id)
    if (isBeginning(change)) this.beginnings.set(id, change.id)
  }

  private async refresh() {
    if (!this.isKnown) await this.load()
    if (this.stale.size === 0) return
    const ids = [...this.stale]
    for (const id of ids) this.leave(id)
    const found = await this.read((query) => query.whereIn('id', ids))
    await this.findBeginnings(found.map(({ id }) => id).filter((id) => this.unsure.has(id)))
    for (const own of groupedBy(found, ({ user_id }) => String(user_id))) await this.join(own)
    // Not before: what fails is done again.
    this.stale.clear()
    this.unsure.clear()
  }

  /** All of them are stale then. */
  private async load() {
    const found = await this.read((query) => query)
    this.realtime = this.projection.realtime()
    for (const map of [this.byOwner, this.owners, this.readers, this.beginnings]) map.clear()
    for (const { id } of found) for (const ids of [this.stale, this.unsure]) ids.add(id)
    this.isKnown = true
  }

  private async read(which: (query: ReturnType<ModuleContext['knex']>) => unknown): Promise<Endpoint[]> {
    const query = this.context.knex('webhook_endpoints').where({ disabled_at: null }).orderBy('id')
    which(query)

    return (await query.select(...COLUMNS)) as Endpoint[]
  }

  private async findBeginnings(ids: readonly number[]) {
    if (ids.length === 0) return
    const rows = await this.context.database.query({ text: BEGINNINGS, values: [ids.map(String)] })
    for (const { record_id, id } of rows) this.beginnings.set(Number(record_id), Number(id))
  }

  private hear(endpoint: Endpoint, packet: Packet) {
    if (packet.position > (this.beginnings.get(endpoint.id) ?? 0)) this.told.push([endpoint, packet])
  }

  private leave(id: number) {
    const reader = this.readers.get(id)
    if (reader) this.realtime.leave(reader)
    this.readers.delete(id)
    this.byOwner.get(this.owners.get(id)!)?.delete(id)
    this.owners.delete(id)
  }

  /** Those of one owner. */
  private async join(endpoints: readonly Endpoint[]) {
    const ids = endpoints.map(({ id }) => id)
    const { user_id } = endpoints[0]!
    this.byOwner.set(user_id, new Set([...(this.byOwner.get(user_id) ?? []), ...ids]))
    for (const id of ids) this.owners.set(id, user_id)
    const owner = await this.projection.owner(user_id)
    if (!owner) return withhold(this.context.knex, endpoints)
    await sendAgain(this.context, endpoints)
    for (const endpoint of endpoints) {
      const reader = this.projection.reader(endpoint, owner, (packet) => this.hear(endpoint, packet))
      this.readers.set(endpoint.id, reader)
      this.realtime.join(reader)
    }
  }
}
