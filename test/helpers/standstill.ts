import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'

const ATTEMPTS = 20

/** Milliseconds of processor time that this process has used. */
const used = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * Milliseconds that the event loop stood still while something was done: no longer than the processor was busy with it, which does not grow
 * where other processes keep this one waiting.
 */
const standstillOf = async (work: () => Promise<unknown>): Promise<number> => {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  // The loop has to come round before and after, to be measured.
  await setTimeout(5)
  const before = used()
  await work()
  const busy = used() - before
  await setTimeout(5)
  delay.disable()

  return Math.min(delay.max / 1e6, busy)
}

/**
 * Asserts that something keeps the event loop for so many milliseconds at the most. What else the machine does only adds to
 * what is measured, so that one measurement below the limit is enough.
 */
export const assertStandstill = async (limit: number, work: () => Promise<unknown>): Promise<void> => {
  const measured: number[] = []
  while (measured.length < ATTEMPTS) {
    const standstill = await standstillOf(work)
    if (standstill < limit) return
    measured.push(Math.round(standstill))
  }
  assert.fail(`The event loop stood still for ${measured.join()} ms, and may for ${limit}`)
}
