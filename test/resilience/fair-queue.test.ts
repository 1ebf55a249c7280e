import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ApiError } from '../../packages/rachis/src/errors/errors'
import { FairQueue } from '../../packages/rachis/src/util/fair-queue'
import type { Claim } from '../../packages/rachis/src/util/fair-queue'

describe('a fair queue', () => {
  it('is never overdrawn, and nobody waits for ever, whatever is asked in whatever order', async () => {
    const HOLDERS = ['a', 'b', 'c', 'd']
    const claims = fc.array(fc.subarray(HOLDERS, { minLength: 1 }), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(claims, fc.integer({ min: 1, max: 4 }), async (asked, capacity) => {
        const refusal = () => new ApiError('OVERLOADED')
        const shares = new FairQueue({ capacity, queue: 60, timeout: 5000, refusal })
        const held = new Map<string, number>()
        let running = 0
        const call = async (holders: readonly string[]) => {
          const claim: Claim = holders.map((holder) => [holder, 2])
          const work = async () => {
            assert.ok(++running <= capacity)
            for (const holder of holders) {
              held.set(holder, (held.get(holder) ?? 0) + 1)
              assert.ok(held.get(holder)! <= 2)
            }
            await new Promise((resolve) => setImmediate(resolve))
            for (const holder of holders) held.set(holder, held.get(holder)! - 1)
            running--
          }
          await shares.run(work, holders.join(), claim)
        }
        await Promise.all(asked.map(call))
        assert.equal(running, 0)
      })
    )
  })

  it('gives a place to whoever has fewer waiting, and none to whoever waited for too long', async () => {
    const refusal = (reason: string) => new ApiError('OVERLOADED', { message: reason })
    const queue = new FairQueue({ capacity: 1, queue: 3, queuePerHolder: 3, timeout: 50, refusal })
    let free = () => {}
    const busy = queue.run(() => new Promise<void>((resolve) => (free = resolve)))
    const ask = (name: string) =>
      queue.run(async () => name, name, [[name, 1]]).catch(({ message }) => message)
    const flood = [ask('flood'), ask('flood'), ask('flood')]
    const other = ask('other')
    assert.equal(await flood[2], 'full', 'the last of the flood gives up its place')
    assert.deepEqual(await Promise.all([flood[0], flood[1], other]), ['timeout', 'timeout', 'timeout'])
    const next = ask('flood')
    free()
    assert.deepEqual(
      [await next, await busy],
      ['flood', undefined],
      'those who left take no place and no turn'
    )
  })
})
