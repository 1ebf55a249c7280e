import assert from 'node:assert/strict'
import fc from 'fast-check'
import { placesOf } from '../../packages/rachis/src/feed/places'

describe('the places that a client is told along with events', () => {
  const changes = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 20 })

  it('leave out nothing that is told later, wherever it is cut', () => {
    fc.assert(
      fc.property(changes, (positions) => {
        const places = placesOf(positions.map((position) => ({ position })))
        for (const [index, place] of places.entries())
          assert.ok(positions.slice(index + 1).every((later) => later > place))
      })
    )
  })

  it('are those of the changes where these are told in their order', () => {
    fc.assert(
      fc.property(changes, (positions) => {
        const ordered = positions.toSorted((a, b) => a - b)
        assert.deepEqual(placesOf(ordered.map((position) => ({ position }))), ordered)
      })
    )
  })
})
