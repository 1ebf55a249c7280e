/** One event of a stream; `data` is parsed. */
export interface StreamEvent {
  readonly event: string
  readonly data: unknown
  readonly id?: string
  /** The transaction that it tells of. */
  readonly tx?: string
}

/** JSON may have U+2028 and U+2029, which end no line of a stream: without the flag a dot would stand for neither. */
const FIELD = /^([^:]*)(?:: ?(.*))?$/s

const fieldsOf = (block: string): Record<string, string> => {
  const fields: Record<string, string> = {}
  for (const line of block.split('\n')) {
    const [, name, value] = FIELD.exec(line)!
    if (name) fields[name] = value ?? ''
  }

  return fields
}

/**
 * Reads server-sent events out of pieces of text, which may be cut anywhere. A comment is an event without a name.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 * @example
 * const read = streamParser()
 * read('event: hello\ndata: {"posi') // []
 * read('tion":"1"}\n\n') // [{ event: 'hello', data: { position: '1' } }]
 */
export const streamParser = () => {
  let rest = ''
  return (text: string): (StreamEvent | undefined)[] => {
    const whole = rest + text
    // The first half of CR LF, perhaps.
    const half = whole.endsWith('\r') ? '\r' : ''
    const blocks = whole
      .slice(0, whole.length - half.length)
      .replace(/\r\n?/g, '\n')
      .split('\n\n')
    rest = blocks.pop()! + half
    return blocks.map((block) => {
      const { event = 'message', data, id, tx } = fieldsOf(block)
      if (data === undefined) return undefined
      return { event, data: JSON.parse(data) as unknown, ...(id ? { id } : {}), ...(tx ? { tx } : {}) }
    })
  }
}
