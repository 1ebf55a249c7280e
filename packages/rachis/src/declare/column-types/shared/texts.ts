/** Whether it is a text that PostgreSQL can keep, which has no U+0000. */
export const isStorable = (value: unknown): value is string =>
  typeof value === 'string' && !value.includes('\0')
