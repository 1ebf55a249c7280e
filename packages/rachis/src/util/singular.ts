const SINGULARS: readonly (readonly [RegExp, string])[] = [
  [/(ss|us|is|ics|news|series)$/, '$1'],
  [/ies$/, 'y'],
  [/(x|ch|sh|ss|tus)es$/, '$1'],
  [/s$/, '']
]

/** The name of one of many, as far as rules of spelling go: `categories` → `category`, `analytics` as it is. */
export const singular = (name: string): string => {
  const [pattern, ending] = SINGULARS.find(([ending]) => ending.test(name)) ?? [/$/, '']
  return name.replace(pattern, ending)
}
