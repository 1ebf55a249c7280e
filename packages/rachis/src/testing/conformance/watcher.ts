import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { Model } from '../../model/model'
import { asksOfRecord, TRUE } from '../../declare/predicate'
import { idIn } from './positions'
import type { Json, Person } from '../wire'
import type { EventRecorder } from '../event-recorder'

type Rows = Map<unknown, Json>
const STANDARD = ['created', 'updated', 'patched', 'removed']
const PAGE = 100

/** Reads the whole list, page by page and by the id unless the query says otherwise, as this socket sees it; who may not read sees nothing. */
export const findAll = async (socket: EventRecorder, path: string, query: Json = {}): Promise<Json[]> => {
  const rows: Json[] = []
  for (let total = 1; rows.length < total;) {
    const page = await socket
      .call('find', path, { $sort: { id: 1 }, ...query, $limit: PAGE, $skip: rows.length })
      .catch((error: Json) => {
        if (error.code !== 401 && error.code !== 403) throw error
        return { total: 0, data: [] }
      })
    rows.push(...page.data)
    total = page.total
  }

  return rows
}

export interface Folding {
  /** Rights of readers changed, so that a record may be told of twice. */
  readonly rightsChanged?: boolean
  /** Records that follow others are told behind the rest where their parents take long to read, as on a busy machine. */
  readonly isLate?: boolean
}

/** One connection that keeps its own picture of every list: what it found once, and then only the events. */
export class Watcher {
  private readonly pictures = new Map<string, Rows>()
  private readonly seen = new Set<string>()
  /** What was told of each list, without positions: those of what is told beside something late lie before it. */
  readonly told = new Map<string, string[]>()
  private columns: ReadonlyMap<string, readonly string[]> = new Map()
  /** Of the last event: of all lists, or of each where one may be late. */
  private readonly positions = new Map<string, number>()
  /** Every event since the picture was taken, for other watchers to compare with. */
  readonly log: string[] = []
  events = 0

  constructor(
    readonly name: string,
    public person: Person,
    readonly socket: EventRecorder,
    private readonly models: readonly Model[],
    /** Resources that are there and not looked at. */
    private readonly ignored: ReadonlySet<string>
  ) {}

  /** Takes the picture anew: nothing may happen meanwhile. The columns are those that the person may read. */
  async begin(columns: ReadonlyMap<string, readonly string[]>) {
    this.columns = columns
    await this.socket.drained()
    this.socket.forget()
    this.log.length = 0
    this.told.clear()
    for (const { path } of this.models) {
      this.pictures.set(path, new Map((await findAll(this.socket, path)).map((row) => [row.id, row])))
    }
  }

  /**
   * Applies the events that have come. Where the reader's rights changed in between, a record may be told of twice: by the
   * change of rights and by its own change.
   */
  async fold({ rightsChanged = false, isLate = false }: Folding = {}) {
    await this.socket.drained()
    for (const { name, data, meta } of this.socket.events.splice(0)) {
      const [path, event] = name.split(' ') as [string, string]
      if (this.ignored.has(path)) continue
      const at = `${this.name} got ${name} ${JSON.stringify(data)} at ${meta.position}`
      this.events++
      const once = `${meta.tx} ${name} ${JSON.stringify(data)}`
      this.log.push(`${meta.position} ${name} ${JSON.stringify(data)}`)
      this.told.set(path, [...(this.told.get(path) ?? []), once])
      this.inOrder(
        at,
        `${meta.position} ${once}`,
        idIn(meta.position as string),
        rightsChanged,
        isLate ? path : ''
      )
      const model = this.models.find((candidate) => candidate.path === path)
      assert.ok(model, `${at}: there is no such resource`)
      this.nothingHidden(model, data, at, rightsChanged)
      this.apply(this.pictures.get(path)!, event, data, at, rightsChanged)
    }
  }

  private inOrder(at: string, once: string, position: number, rightsChanged: boolean, list: string) {
    const last = this.positions.get(list) ?? 0
    assert.ok(position >= last, `${at}, after ${last}:\n${this.log.slice(-14).join('\n')}`)
    assert.ok(rightsChanged || !this.seen.has(once), `${at}, twice`)
    this.positions.set(list, position)
    this.seen.add(once)
  }

  /** Which fields of a single record are hidden is seen when the picture is compared with what is found. */
  private nothingHidden(model: Model, data: Json, at: string, rightsChanged: boolean) {
    const { fields, path, fieldRules } = model
    const known = Object.keys(data).map((name) => fields.get(name))
    assert.ok(known.every((field) => field && !field.hidden), `${at}: a hidden field`) // prettier-ignore
    if (rightsChanged) return
    const isShown = (name: string) => name in data || !asksOfRecord(fieldRules.get(name)?.read ?? TRUE)
    assert.deepEqual(Object.keys(data), this.columns.get(path)!.filter(isShown), at)
  }

  private apply(rows: Rows, event: string, data: Json, at: string, rightsChanged: boolean) {
    const isKnown = rows.has(data.id)
    if (event === 'created') assert.ok(rightsChanged || !isKnown, `${at}, and had it already`)
    else assert.ok(rightsChanged || isKnown, `${at}, and had never seen it`)
    if (event === 'removed') rows.delete(data.id)
    else if (STANDARD.includes(event)) rows.set(data.id, data)
    else assert.deepEqual(data, rows.get(data.id), `${at}: an action's event shows the record as it is`)
  }

  /** The promise: what the events made of the picture is what a find gives now. */
  async agrees(paths: ReadonlySet<string>) {
    for (const path of paths) {
      const found = new Map((await findAll(this.socket, path)).map((row) => [row.id, row]))
      const folded = this.pictures.get(path)!
      for (const id of new Set([...found.keys(), ...folded.keys()])) {
        if (isDeepStrictEqual(folded.get(id), found.get(id))) continue
        const told = this.log.filter(
          (line) => line.includes(` ${path} `) && line.includes(`"id":${JSON.stringify(id)}`)
        )
        assert.deepEqual(folded.get(id), found.get(id), `${this.name}: ${path} ${String(id)} by events, and as found; they were told:\n${told.slice(-6).join('\n')}`) // prettier-ignore
      }
    }
  }

  /** Whether the connection still stands for somebody. */
  isSignedIn(): Promise<boolean> {
    return this.socket.call('me', 'auth', {}).then(
      () => true,
      () => false
    )
  }
}
