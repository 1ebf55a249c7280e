import qs from 'qs'
import { idIn } from '../../packages/rachis/src/testing/conformance/positions'
import type { TestApp } from '../../packages/rachis/src/testing/test-app'
import type { Person } from '../helpers/world'
import { openStream } from '../streams/reader'
import type { StreamReader } from '../streams/reader'
import type { Arrived } from './client'
import { Client } from './client'
import type { View } from './views'

/** Over server-sent events, with Last-Event-ID. */
export class StreamClient extends Client {
  private reader?: StreamReader

  constructor(name: string, people: Readonly<Record<string, Person>>, who: string, views: readonly View[], private readonly isNarrow: boolean) {
    super(name, people, who, views)
  } // prettier-ignore

  get isOpen() {
    return this.reader !== undefined
  }

  private get query(): string {
    if (!this.isNarrow) return ''
    const filtered = this.views.filter(({ query }) => Object.keys(query).length > 0)
    const filter = Object.fromEntries(filtered.map(({ path, query }) => [path, query]))
    const resources = this.views.map(({ path }) => path).join()

    return `?${qs.stringify({ resources, filter }, { arrayFormat: 'indices', encodeValuesOnly: true, filter: (_name, value: unknown) => (value === null ? 'null' : value) })}` // prettier-ignore
  }

  protected async open(world: TestApp) {
    const positions: string[] = []
    for (const view of this.views.filter(({ isStale }) => isStale)) {
      const position = await this.readAnew(view, world)
      if (position) positions.push(position)
    }
    // Each list is true at its place: the first of them is that of all.
    this.token ??= positions.sort((a, b) => idIn(a) - idIn(b))[0]
    this.reader = await openStream(world, this.person, this.query, this.token ? { 'Last-Event-ID': this.token } : {}) // prettier-ignore
  }

  protected hangUp() {
    this.reader?.close()
    this.reader = undefined
  }

  protected arrived(): readonly Arrived[] {
    return (this.reader?.events ?? []).map(({ event, data, id }) => ({
      name: event,
      data,
      token: id,
      ...(id && event.includes(' ') ? { place: idIn(id) } : {})
    }))
  }

  /** An id holds for everything before it as well: a client whose last event has that of the place is told nothing more. */
  protected async synced(place: number) {
    await this.reader!.first(({ id }) => id !== undefined && idIn(id) >= place)
  }
}
