import assert from 'node:assert/strict'
import fc from 'fast-check'
import { streamParser } from '../../packages/rachis/src/client/transport/sse-parser'

/** U+2028 and U+2029 end lines of JavaScript, and none of a stream. */
const titles = fc.array(fc.constantFrom('a', ':', ' ', '\u2028', '\u2029', '\u0085', '\r', '\n'), { maxLength: 5 }) // prettier-ignore
const ends = fc.constantFrom('\n', '\r\n', '\r')

describe('the events of a stream, as the client reads them', () => {
  it('are the same with each end of line, wherever the text is cut', () => {
    fc.assert(
      fc.property(fc.array(titles, { minLength: 1, maxLength: 4 }), ends, fc.integer({ min: 1, max: 9 }), (all, end, size) => {
        const sent = all.map((title, id) => ({ event: 'tasks created', data: { title: title.join('') }, id: `${id}` }))
        const lines = sent.flatMap(({ event, data, id }) => [`event: ${event}`, `id: ${id}`, `data: ${JSON.stringify(data)}`, '']) // prettier-ignore
        // What follows says that the last line has ended.
        const text = [...lines, ': beat'].join(end)
        const read = streamParser()
        const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size)) // prettier-ignore
        assert.deepEqual(pieces.flatMap((piece) => read(piece)), sent)
      })
    ) // prettier-ignore
  })
})
