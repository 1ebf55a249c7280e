import type { FieldInfo } from '../declare'

/**
 * Searched columns that the same readers read, and that are searched together: those that every reader reads, which have no number, and
 * those of each rule of reading. A search looks through the parts of a record that its caller may read, one by one, so that nothing is
 * learned of the others.
 */
export interface SearchPart {
  readonly part?: number
  readonly columns: readonly string[]
}

/** The parts of a search, that of the columns which every reader reads first. */
export const searchPartsOf = (
  search: readonly string[],
  fields: ReadonlyMap<string, FieldInfo>
): SearchPart[] => {
  const byRule = new Map<string, string[]>()
  for (const name of search) {
    const rule = JSON.stringify(fields.get(name)?.read ?? true)
    byRule.set(rule, [...(byRule.get(rule) ?? []), name])
  }
  const open = byRule.get('true')
  byRule.delete('true')
  const guarded = [...byRule.values()].map((columns, index) => ({ part: index + 2, columns }))

  return [...(open ? [{ columns: open }] : []), ...guarded]
}
