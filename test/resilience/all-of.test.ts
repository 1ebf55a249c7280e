import assert from 'node:assert/strict'
import { allOf } from '../../packages/rachis/src/util/all-of'

describe('what is begun together', () => {
  it('has ended where one of it fails, so that it can be closed', async () => {
    let hasEnded = false
    const slow = new Promise<void>((resolve) => setImmediate(() => ((hasEnded = true), resolve())))
    await assert.rejects(allOf([Promise.reject(new Error('first')), slow]), /first/)
    assert.ok(hasEnded)
    assert.deepEqual(await allOf([Promise.resolve(1), 'two']), [1, 'two'])
  })
})
