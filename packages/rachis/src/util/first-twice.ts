/**
 * The first item that stands in a list a second time; undefined where none does.
 *
 * @example firstTwice(['a', 'b', 'a']) // 'a'
 */
export const firstTwice = <T>(items: readonly T[]): T | undefined =>
  items.find((item, index) => items.indexOf(item) !== index)
