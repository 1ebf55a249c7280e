import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ApiError } from '../../packages/rachis/src/errors/errors'
import { FairQueue } from '../../packages/rachis/src/util/fair-queue'
import type { Claim } from '../../packages/rachis/src/util/fair-queue'

interface Job {
  readonly id: number
  readonly line: string
  readonly claim: Claim
}
type Bounds = { readonly capacity: number; readonly queue: number; readonly queuePerHolder: number }

/** What a fair queue admits and refuses, told in the plainest way: each look counts everything anew. */
class PlainQueue {
  private readonly running: Job[] = []
  private lines: { readonly name: string; readonly jobs: Job[] }[] = []
  readonly log: string[] = []

  constructor(private readonly bounds: Bounds) {}

  ask(job: Job) {
    const { queue, queuePerHolder } = this.bounds
    if (this.fits(job)) return this.start(job)
    const waiting = this.lines.flatMap(({ jobs }) => jobs)
    if (job.claim.some(([holder]) => countOf(waiting, holder) >= queuePerHolder)) return this.refuse(job)
    if (waiting.length >= queue && !this.makeRoom(job)) return this.refuse(job)
    const line = this.lines.find(({ name }) => name === job.line)
    if (line) line.jobs.push(job)
    else this.lines.push({ name: job.line, jobs: [job] })
  }

  finish(id: number) {
    const at = this.running.findIndex((job) => job.id === id)
    this.running.splice(at, 1)
    for (;;) {
      const line = this.lines.find(({ jobs }) => this.fits(jobs[0]!))
      if (!line) return
      this.start(line.jobs.shift()!)
      this.lines = [...this.lines.filter((other) => other !== line), line].filter(({ jobs }) => jobs.length)
    }
  }

  private fits({ claim }: Job): boolean {
    const isFree = claim.every(([holder, most]) => countOf(this.running, holder) < most)
    return isFree && this.running.length < this.bounds.capacity
  }

  private makeRoom(job: Job): boolean {
    const own = this.lines.find(({ name }) => name === job.line)?.jobs.length ?? 0
    const most = Math.max(0, ...this.lines.map(({ jobs }) => jobs.length))
    if (most <= own + 1) return false
    const longest = this.lines.find(({ jobs }) => jobs.length === most)!
    this.refuse(longest.jobs.pop()!)
    return true
  }

  private start(job: Job) {
    this.running.push(job)
    this.log.push(`${job.id} runs`)
  }

  private refuse({ id }: Job) {
    this.log.push(`${id} is refused`)
  }
}

const countOf = (jobs: readonly Job[], holder: unknown) =>
  jobs.filter(({ claim }) => claim.some(([name]) => name === holder)).length

/** The same of the queue itself: jobs run until they are told to finish. */
class LoggedQueue {
  private readonly ends = new Map<number, () => void>()
  private readonly queue: FairQueue
  readonly log: string[] = []

  constructor(bounds: Bounds) {
    this.queue = new FairQueue({ ...bounds, timeout: 60_000, refusal: () => new ApiError('OVERLOADED') })
  }

  get running(): readonly number[] {
    return [...this.ends.keys()]
  }

  ask({ id, line, claim }: Job) {
    const work = () => {
      this.log.push(`${id} runs`)
      return new Promise<void>((resolve) => this.ends.set(id, resolve))
    }
    this.queue.run(work, line, claim).catch(() => this.log.push(`${id} is refused`))
  }

  finish(id: number) {
    this.ends.get(id)!()
    this.ends.delete(id)
  }
}

/** What has been settled is handled. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a fair queue', () => {
  it('admits and refuses what a plain model does, in the same order', async () => {
    // One end makes room for several jobs only where its holders have little room and others of them wait.
    const share = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(1, 1, 2))
    const claim = fc.uniqueArray(share, { selector: ([holder]) => holder, minLength: 1 })
    const asked = fc.record({ line: fc.constantFrom('x', 'y', 'z'), claim })
    const finished = fc.nat()
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: asked }, { weight: 2, arbitrary: finished }), {
      minLength: 30,
      maxLength: 60
    })
    const bounds = fc.record({
      capacity: fc.integer({ min: 1, max: 6 }),
      queue: fc.integer({ min: 0, max: 8 }),
      queuePerHolder: fc.integer({ min: 1, max: 8 })
    })
    await fc.assert(
      fc.asyncProperty(bounds, steps, async (given, taken) => {
        const [queue, model] = [new LoggedQueue(given), new PlainQueue(given)]
        for (const [id, step] of [...taken.entries(), ...Array.from({ length: 70 }, () => [0, 0] as const)]) {
          const { running } = queue
          if (typeof step !== 'number') for (const one of [queue, model]) one.ask({ id, ...step })
          else if (running.length > 0)
            for (const one of [queue, model]) one.finish(running[step % running.length]!)
          await settled()
          assert.deepEqual(queue.log, model.log)
        }
        assert.equal(queue.running.length, 0, 'each that was asked has run or was refused')
      }),
      { numRuns: 300 }
    )
  })

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
