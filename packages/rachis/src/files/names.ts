/** Control characters, and those that turn the direction of a text, so that `gpj.exe` looks like `exe.jpg`. */
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** The name of a file that has none. */
export const UNNAMED = 'file'

/**
 * The name of a file without its folders and without characters that a header or a screen would take for something else. Bytes are kept under ids, so it is only shown.
 *
 * @example fileName('../../etc/pass\r\nwd') // 'passwd'
 */
export const fileName = (given: string): string => {
  const last = Buffer.from(given.split(/[\\/]/).at(-1)!.replace(UNSAFE, '')).toString()
  const name = [...last.trim()].slice(0, 200).join('')

  return ['', '.', '..'].includes(name) ? UNNAMED : name
}
