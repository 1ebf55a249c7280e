/** An identifier as SQL takes it. Names come from declarations only, never from a client; quoted all the same. */
export const quote = (name: string): string => `"${name.replace(/"/g, '""')}"`

/** A text as SQL writes it. */
export const literal = (text: string): string => `'${text.replace(/'/g, "''")}'`

/**
 * A text between dollars, by a tag that does not end it early.
 *
 * @example dollarQuoted('begin end') // '$$begin end$$'
 * @example dollarQuoted("begin perform '$$'; end") // "$q1$begin perform '$$'; end$q1$"
 */
export const dollarQuoted = (text: string): string => {
  let tag = '$$'
  for (let number = 1; `${text}${tag}`.indexOf(tag) < text.length; number++) tag = `$q${number}$`

  return `${tag}${text}${tag}`
}
