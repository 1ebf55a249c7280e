import { spawn } from 'child_process'
import { once } from 'events'
import { mkdtempSync, rmSync, chmodSync } from 'fs'
import os from 'os'
import path from 'path'
import { cpuOf } from './harness/backends'
import { median } from './harness/median'
import type { Measure, Question } from './harness/question'

const ROOT = path.join(__dirname, '..')
const ARGS = ['-C', 'source', '-r', path.join(ROOT, 'scripts/compiled.cjs'), path.join(ROOT, 'src/index.ts')]
const ADDRESS = /API\s+(\S+)/

const environment = (folder: string): NodeJS.ProcessEnv => {
  const { DATABASE_URL: _url, REDIS_URL: _redis, NODE_ENV: _env, ...inherited } = process.env
  return { ...inherited, DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'silent' }
}

/** One start of the product, as `npm start` runs it but without npm, up to its first answer with data. */
const start = async (folder: string): Promise<Measure> => {
  const begun = performance.now()
  const child = spawn(process.execPath, ARGS, {
    env: environment(folder),
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const exited = once(child, 'exit')
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
  while (!ADDRESS.test(output)) await Promise.race([once(child.stdout, 'data'), exited])
  const response = await fetch(`${ADDRESS.exec(output)![1]}/products?limit=1`)
  await response.text()
  const milliseconds = performance.now() - begun
  const cpu = cpuOf(child.pid!)
  child.kill('SIGTERM')
  await exited

  return {
    cpu,
    databaseCpu: NaN,
    statements: NaN,
    perSecond: 1000 / milliseconds,
    p50: milliseconds,
    p99: milliseconds
  }
}

/** Starts on a folder that has its data, with everything compiled: `p50` is the median of the milliseconds, `p99` the same. */
const question: Question = {
  name: 'start',
  async run({ rounds, progress }) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'rachis-bench-'))
    // PostgreSQL does not run as root, and its account has to reach the folder.
    chmodSync(folder, 0o755)
    const data = path.join(folder, 'data')
    try {
      progress('start: the first, which makes the database')
      await start(data)
      const measures: Measure[] = []
      for (let round = 1; round <= rounds; round++) {
        progress(`start: round ${round} of ${rounds}`)
        measures.push(await start(data))
      }

      return [{ name: 'start', results: new Map([['rachis', median(measures)]]) }]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

export default question
