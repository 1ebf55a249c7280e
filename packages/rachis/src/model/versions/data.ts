import { validationError } from '../../errors/errors'
import type { Model } from '../model'
import type { OldFieldInfo, VersionStep } from './steps'
import { nameBefore, refusedValue } from './errors'
import { soleField, stepsFrom } from './steps'

type Data = Readonly<Record<string, unknown>>

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null

/** Where data was sent: behind which steps from the version of its client it is, and the index of its record in a list, such as `1.`. */
interface Place {
  readonly before: readonly VersionStep[]
  readonly at: string
}

const unknownIn = (step: VersionStep, field: string, { at }: Place) => {
  const old = soleField(step, field)?.name
  const hint = old ? { hint: `Write ${old}` } : {}

  return validationError([{ field: `${at}${field}`, message: `is not a field of version ${step.version}`, rule: 'additionalProperties', ...hint }]) // prettier-ignore
}

const refused = ({ name }: OldFieldInfo, { before, at }: Place) =>
  validationError([refusedValue(`${at}${nameBefore(before, name).name}`)])

/** What comes of a conversion that had nothing to make a value from. */
const isNothing = (value: unknown) => value === undefined || Number.isNaN(value)

/** @throws VALIDATION_ERROR for what cannot be converted, by the name that the client has sent */
const converted = (field: OldFieldInfo, value: unknown, place: Place): unknown => {
  try {
    return field.request!(value)
  } catch {
    throw refused(field, place)
  }
}

const present = (field: OldFieldInfo, value: unknown, place: Place): [string, unknown][] => {
  const { from, request } = field
  if (!request || value === null) return from.map((name) => [name, value])
  const made = converted(field, value, place)
  const entries: [string, unknown][] =
    from.length > 1 && isData(made) ? Object.entries(made) : [[from[0]!, made]]
  if (entries.some(([, one]) => isNothing(one))) throw refused(field, place)

  return entries
}

const stepForward = (step: VersionStep, data: Data, place: Place): Data => {
  const entries = Object.entries(data).flatMap(([name, value]): [string, unknown][] => {
    const field = step.fields.find((one) => one.name === name)
    if (field) return present(field, value, place)
    if (step.hidden.includes(name)) throw unknownIn(step, name, place)

    return [[name, value]]
  })

  return Object.fromEntries(entries)
}

/**
 * The data of a write, as a client of an older version sends it, in the present shape. Names that this version does not have are refused, and
 * values that cannot be converted; nothing else of it is checked here.
 *
 * @param at the index of a record in a list, such as `1.`
 * @example presentData(articles, 1, { name: 'Tea' }) // { title: 'Tea' }
 * @throws VALIDATION_ERROR
 */
export const presentData = (model: Model, version: number, data: unknown, at = ''): unknown => {
  if (Array.isArray(data)) return data.map((one, index) => presentData(model, version, one, `${index}.`))
  const steps = stepsFrom(model, version)
  const forward = (sent: Data, step: VersionStep, index: number) =>
    stepForward(step, sent, { before: steps.slice(0, index), at })

  return isData(data) ? steps.reduce(forward, data) : data
}
