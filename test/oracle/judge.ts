import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { Model } from '../../packages/rachis/src/model/model'
import { allows, fieldRule } from '../../packages/rachis/src/rules/policy'
import type { Json } from '../helpers/world'
import type { History, Version } from './history'

/** One event as a client was told of it. */
export interface Told {
  readonly path: string
  readonly event: string
  readonly data: Json
  /** Of what it was told for; undefined where it was for all of a resource. */
  readonly subscription?: string
  /** The place up to which the client had everything before. */
  readonly floor: number
}

const shows = (row: Json, data: Json) =>
  Object.entries(data).every(([name, value]) => isDeepStrictEqual(row[name] ?? null, value))

/**
 * Says whether an event tells of something that was so, and that its reader might see: at some place behind the one up to which the reader
 * had everything, and by rights that the reader had then or later. An older state would go back in time, and one by rights that had ended
 * before it came about would be a disclosure.
 */
export const judge = (history: History, models: ReadonlyMap<string, Model>, reader: { person: { id?: number }; name: string }, told: Told) => {
  const model = models.get(told.path)
  assert.ok(model, `${reader.name} was told of ${told.path}, which nobody may read`)
  const { data, floor } = told
  const versions = history.versionsOf(model.name, data.id)
  const about = () => `${reader.name}: ${told.path} ${told.event} ${JSON.stringify(data)} behind ${floor}\n${versions.map((one) => JSON.stringify(one)).join('\n')}` // prettier-ignore
  // Of what is lost with rights the id alone is told.
  if (told.event === 'removed' && Object.keys(data).length === 1) {
    assert.ok(versions.length > 0, `there never was such a record: ${about()}`)
    return
  }
  const fitting = versions.filter(({ row, until }) => row && until > floor && shows(row, data))
  assert.ok(fitting.length > 0, `the record was never so, or was so before: ${about()}`)
  assert.ok(fitting.some((one) => isShown(history, model, reader.person.id, { version: one, data, floor })), `it was forbidden: ${about()}`) // prettier-ignore
} // prettier-ignore

interface Showing {
  readonly version: Version
  readonly data: Json
  readonly floor: number
}

const isShown = (history: History, model: Model, reader: number | undefined, { version, data, floor }: Showing) =>
  history.placesIn(Math.max(version.from, floor), version.until).some((place) => {
    const users = reader === undefined ? [null] : [...history.usersSince(reader, place), null]
    const find = history.at(place)
    const mayRead = (user: Json | null) =>
      allows(model.rules.read, user, version.row!, find) &&
      Object.keys(data).every((name) => model.visible.includes(name) && allows(fieldRule(model, name, 'read'), user, version.row!, find)) // prettier-ignore

    return users.some(mayRead)
  }) // prettier-ignore
