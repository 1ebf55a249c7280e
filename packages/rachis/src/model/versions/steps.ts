import type { OldField, OldShape } from '../../declare/versions'

/** A field as an older version has it, with the fields of the next version that it is made from. */
export interface OldFieldInfo extends Omit<OldField, 'from'> {
  readonly name: string
  readonly from: readonly string[]
}

/** What is different of a resource between a version and the next one. */
export interface VersionStep {
  readonly version: number
  readonly fields: readonly OldFieldInfo[]
  /** Fields of the next version that are not there under their own names. */
  readonly hidden: readonly string[]
}

const stepOf = (version: number, { fields = {}, without = [] }: OldShape): VersionStep => {
  const old = Object.entries(fields).map(([name, field]) => ({ ...field, name, from: [field.from].flat() }))
  const kept = new Set(old.map(({ name }) => name))
  const replaced = old.flatMap(({ from }) => from).filter((name) => !kept.has(name))

  return { version, fields: old, hidden: [...new Set([...replaced, ...without])] }
}

/** The older shapes of a resource, the oldest first. */
export const versionSteps = (versions: Readonly<Record<number, OldShape>> = {}): VersionStep[] =>
  Object.entries(versions)
    .map(([version, shape]) => stepOf(Number(version), shape))
    .sort((a, b) => a.version - b.version)

/** What lies between a version and the present one, the oldest first; nothing where a resource is the same in both. */
export const stepsFrom = (
  { versions = [] }: { readonly versions?: readonly VersionStep[] },
  version: number
): readonly VersionStep[] => versions.filter((step) => step.version >= version)

/** The old field that a field of the next version alone makes, if there is one. */
export const soleField = ({ fields }: VersionStep, name: string): OldFieldInfo | undefined =>
  fields.find(({ from }) => from.length === 1 && from[0] === name)
