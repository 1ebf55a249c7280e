import assert from 'node:assert/strict'
import fc from 'fast-check'
import { jsonProblem } from '../../packages/rachis/src/model/json-bounds'

const PROTOTYPE = '__proto__'
const hasPrototype = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).some(([key, inner]) => key === PROTOTYPE || hasPrototype(inner))

/** As the characters themselves or escaped, one by one. */
const escaped = (text: string, places: readonly boolean[]) =>
  [...text].map((letter, at) => (places[at] ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter)).join('') // prettier-ignore

describe('the measuring of JSON', () => {
  const text = fc.oneof(
    fc.constantFrom(PROTOTYPE, '_', '__proto', '"__proto__"', '\\', '__proto__:', '{"__proto__":1}', 'x"'),
    fc.string()
  )
  const spelled = fc.tuple(text, fc.array(fc.boolean(), { maxLength: 9 }), fc.constantFrom('', ' ', '\n')).map(([key, places, blank]) =>
    key === PROTOTYPE ? `"${escaped(key, places)}"${blank}` : `${JSON.stringify(key)}${blank}`
  ) // prettier-ignore
  /** Of two members of one name JSON.parse keeps the last. */
  const nameOf = ([key]: [string, string]) => JSON.parse(key) as string
  const { json } = fc.letrec<{ json: string }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      spelled,
      fc.constantFrom('1', 'null', '[]', '{}'),
      fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
      fc.uniqueArray(fc.tuple(spelled, tie('json')), { maxLength: 4, selector: nameOf }).map((pairs) => `{${pairs.map(([key, value]) => `${key}:${value}`).join(',')}}`)
    )
  })) // prettier-ignore

  it('finds each key __proto__, however it is spelled, and no text of that content', () =>
    fc.assert(
      fc.property(json, (sent) =>
        assert.equal(/__proto__/.test(jsonProblem(sent)?.reason ?? ''), hasPrototype(JSON.parse(sent)), sent)
      ),
      { numRuns: 1000 }
    ))

  it('counts members and depth outside of texts', () => {
    const problem = (sent: string) => jsonProblem(sent, { members: 3, depth: 2 })?.code
    assert.equal(problem('[1,{"[{,,":"]}"}]'), undefined)
    assert.equal(problem('[[1]]'), undefined)
    assert.equal(problem('[[[]]]'), 'BAD_REQUEST')
    assert.equal(problem('{"a":{"b":[]}}'), 'BAD_REQUEST')
    assert.equal(problem('[1,2,3]'), undefined)
    assert.equal(problem('[1,2,3,4]'), 'PAYLOAD_TOO_LARGE')
  })
})
