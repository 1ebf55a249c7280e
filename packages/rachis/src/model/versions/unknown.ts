import type { Model } from '../model'
import type { VersionStep } from './steps'
import { stepsFrom } from './steps'

const NONE: ReadonlySet<string> = new Set()

/** The names under which a field of the next version is there in this one. */
const namesBefore = ({ fields, hidden }: VersionStep, name: string): string[] => {
  const made = fields.filter(({ from }) => from.includes(name)).map((field) => field.name)
  const isKept = !hidden.includes(name) && fields.every((field) => field.name !== name)

  return isKept ? [...made, name] : made
}

/** Whether a field of the present version is there under no name before these steps. */
export const isUnknown = (steps: readonly VersionStep[], name: string): boolean =>
  steps.reduceRight<string[]>((names, step) => names.flatMap((one) => namesBefore(step, one)), [name])
    .length === 0

/**
 * The fields of which an older version knows nothing, by version. A PUT of a client of that version cannot send them.
 *
 * @example unknownFields(articles)(1) // Set { 'subtitle' }
 */
export const unknownFields = (model: Model): ((version?: number) => ReadonlySet<string>) => {
  const known = new Map<number, ReadonlySet<string>>()
  const find = (version: number) => {
    const steps = stepsFrom(model, version)
    return new Set([...model.fields.keys()].filter((name) => isUnknown(steps, name)))
  }

  return (version) => {
    if (version === undefined || !model.versions?.length) return NONE
    if (!known.has(version)) known.set(version, find(version))
    return known.get(version)!
  }
}
