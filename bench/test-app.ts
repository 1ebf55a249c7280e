import { chmodSync, existsSync, mkdtempSync, rmSync } from 'fs'
import os from 'os'
import path from 'path'
import { setTimeout as pause } from 'timers/promises'
import type { AppOptions } from '../packages/rachis/src'
import { startTestApp } from '../packages/rachis/src/testing'
import { globalSetup } from '../packages/rachis/src/testing/databases'
import { createApp } from '../src/app'
import { quantile } from './harness/median'

// NODE_ENV=test node -C source --import=tsx bench/test-app.ts [starts]: what `startTestApp` costs in a process that has started some already.
const [STARTS = '20'] = process.argv.slice(2)
/** Where the databases are, as for the tests. */
const MEMORY = '/dev/shm'
/** Milliseconds for the copy that the next start takes. */
const COPIED_WITHIN = 400

interface Cost {
  readonly wall: number
  readonly cpu: number
}
type Part = 'startTestApp' | 'of which createApp' | 'close'

/** Milliseconds, and those of CPU of this process alone. */
const meter = (): (() => Cost) => {
  const [begun, before] = [performance.now(), process.cpuUsage()]

  return () => {
    const { user, system } = process.cpuUsage(before)
    return { wall: performance.now() - begun, cpu: (user + system) / 1000 }
  }
}

const costs = new Map<Part, Cost[]>()
const note = (part: Part, cost: Cost) => costs.set(part, [...(costs.get(part) ?? []), cost])

const create = (options?: Partial<AppOptions>) => {
  const stop = meter()
  const app = createApp(options)
  note('of which createApp', stop())

  return app
}

const startOne = async (options: Partial<AppOptions>) => {
  const started = meter()
  const app = await startTestApp({ createApp: create, options })
  note('startTestApp', started())
  await pause(COPIED_WITHIN)
  const closed = meter()
  await app.close()
  note('close', closed())
}

const print = (title: string) => {
  console.log(title)
  for (const [part, all] of costs) {
    const at = (key: keyof Cost, share: number) => quantile(all.map((one) => one[key]), share).toFixed(0) // prettier-ignore
    console.log(`  ${part.padEnd(18)} ${at('wall', 0.5)} ms (${at('wall', 0)} to ${at('wall', 1)}), ${at('cpu', 0.5)} ms of CPU (${at('cpu', 0)} to ${at('cpu', 1)})`) // prettier-ignore
  }
}

const measure = async (title: string, options: Partial<AppOptions>) => {
  await startOne(options)
  await startOne(options)
  costs.clear()
  for (let start = 0; start < Number(STARTS); start++) await startOne(options)
  print(title)
}

const main = async () => {
  const folder = mkdtempSync(path.join(existsSync(MEMORY) ? MEMORY : os.tmpdir(), 'rachis-bench-'))
  // PostgreSQL does not run as root, and its account has to reach the folder.
  chmodSync(folder, 0o755)
  const teardown = await globalSetup(path.join(folder, 'data'))
  try {
    await measure('as it is served', {})
    await measure('without jobs', { config: { jobs: { enabled: false } } })
  } finally {
    await teardown()
    rmSync(folder, { recursive: true, force: true })
  }
}

void main().then(() => process.exit(0))
