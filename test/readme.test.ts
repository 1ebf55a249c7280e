import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { createDatabase, dropDatabase } from './helpers/database'
import { onlyInDepth } from './helpers/depth'
import { Server } from './resilience/server'

const ROOT = path.join(__dirname, '..')
const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
const blocks = (language: string) =>
  [...README.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, name, text]) =>
    name === language ? [text!] : []
  )
const run = promisify(execFile)

describe('the README', () => {
  it('shows requests, an answer and an event as they are (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    this.timeout(120_000)
    const url = await createDatabase('template1')
    const server = Server.spawn({ DATABASE_URL: url, SEED_DEMO: 'true' })
    try {
      const base = new URL(await server.ready()).origin
      const here = (text: string) => text.replaceAll('http://127.0.0.1:3030', base)
      const client = blocks('ts').find((text) => text.includes('socketio-client'))!
      const listening = run(process.execPath, ['--input-type=module', '-e', `${here(client)}
        client.service('tasks').on('patched', ({ status }) => status === 'completed' && process.exit())
        console.log('ready')`], { cwd: ROOT }) // prettier-ignore
      await new Promise((resolve) => listening.child.stdout!.once('data', resolve))
      const requests = blocks('sh').filter((text) => text.includes('$API')).join('\n') // prettier-ignore
      const { stdout } = await run('bash', ['-ec', here(requests).replaceAll(/^curl/gm, '\necho; curl')])
      const [created, listed, patched, completed, hidden] = stdout.trim().split('\n').map((line) => JSON.parse(line)) // prettier-ignore

      const shown = JSON.parse(blocks('json')[0]!)
      const { created_at, updated_at } = created
      assert.deepEqual(created, { ...shown, created_at, updated_at })
      assert.deepEqual(listed.data[0], created)
      assert.equal(patched.priority, 'high')
      assert.equal(completed.status, 'completed')
      assert.equal(hidden.error.code, 'NOT_FOUND')
      assert.match((await listening).stdout, /^ready\n\S+ Buy tea pending\n\S+ Buy tea completed\n$/)
    } finally {
      await server.end('SIGTERM')
      await dropDatabase(url)
    }
  })
})
