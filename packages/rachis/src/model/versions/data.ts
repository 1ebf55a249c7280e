import { validationError } from '../../errors/errors'
import type { Model } from '../model'
import type { OldFieldInfo, VersionStep } from './steps'
import { soleField, stepsFrom } from './steps'

type Data = Readonly<Record<string, unknown>>

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null

const unknownIn = (step: VersionStep, field: string) => {
  const old = soleField(step, field)?.name
  const hint = old ? `Write ${old}` : undefined

  return validationError([
    {
      ...{ field, message: `is not a field of version ${step.version}`, rule: 'additionalProperties' },
      ...(hint ? { hint } : {})
    }
  ])
}

/** What cannot be converted is sent on as it is, and refused as any value of another type: nothing of it is checked yet. */
const converted = ({ request }: OldFieldInfo, value: unknown): unknown => {
  if (!request || value === null) return value
  try {
    return request(value)
  } catch {
    return value
  }
}

const present = (field: OldFieldInfo, value: unknown): [string, unknown][] => {
  const { from } = field
  const values = converted(field, value)
  if (from.length === 1) return [[from[0]!, values]]
  if (value === null) return from.map((name) => [name, null])

  return isData(values) ? Object.entries(values) : [[from[0]!, values]]
}

const stepForward = (step: VersionStep, data: Data): Data => {
  const entries = Object.entries(data).flatMap(([name, value]): [string, unknown][] => {
    const field = step.fields.find((one) => one.name === name)
    if (field) return present(field, value)
    if (step.hidden.includes(name)) throw unknownIn(step, name)

    return [[name, value]]
  })

  return Object.fromEntries(entries)
}

/**
 * The data of a write, as a client of an older version sends it, in the present shape. Nothing of it is checked yet, except that names which
 * this version does not have are refused.
 *
 * @example presentData(articles, 1, { name: 'Tea' }) // { title: 'Tea' }
 * @throws VALIDATION_ERROR
 */
export const presentData = (model: Model, version: number, data: unknown): unknown => {
  if (Array.isArray(data)) return data.map((one) => presentData(model, version, one))

  return isData(data) ? stepsFrom(model, version).reduce((sent, step) => stepForward(step, sent), data) : data
}
