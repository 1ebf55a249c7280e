import assert from 'node:assert/strict'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onlyInDepth } from '../helpers/depth'
import { Server } from './server'

const ROOT = path.join(__dirname, '../..')
const PARTS = [
  'src',
  'config',
  'migrations',
  'package.json',
  'tsconfig.json',
  'scripts',
  'packages/rachis/src',
  'packages/rachis/migrations',
  'packages/rachis/reference',
  'packages/rachis/package.json'
]

// It starts the server three times and waits for its watcher: twenty seconds for one script.
describe('npm run dev', function () {
  this.timeout(180_000)
  let checkout: string
  let server: Server
  before(function () {
    onlyInDepth(this)
    checkout = fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-dev-'))
    fs.chmodSync(checkout, 0o755)
    for (const part of PARTS) fs.cpSync(path.join(ROOT, part), path.join(checkout, part), { recursive: true })
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(checkout, 'node_modules'), 'junction')
  })
  after(async () => {
    if (server?.child.exitCode === null) await server.end('SIGTERM')
    if (checkout) fs.rmSync(checkout, { recursive: true, force: true })
  })

  const declaration = () => path.join(checkout, 'src/services/tasks/tasks.ts')
  /** As editors do it: the new text in a new file that takes the old one's name. */
  const save = (text: string) => {
    fs.writeFileSync(`${declaration()}.new`, text)
    fs.renameSync(`${declaration()}.new`, declaration())
  }
  /** Waits for what is said from now on, and answers it. */
  const said = async (text: RegExp) => {
    const from = server.output.length
    const now = () => server.output.slice(from)
    while (!text.test(now()))
      await Promise.race([once(server.child.stdout!, 'data'), once(server.child.stderr!, 'data')])

    return now()
  }
  /** Each start listens on another free port. */
  const url = () => [...server.output.matchAll(/API\s+(http:\/\/\S+)\/api\/v1/g)].at(-1)![1]!
  const openapi = async () => (await (await fetch(`${url()}/openapi.json`)).json()) as { paths: object }

  it('says what changed, goes on at a broken declaration with its place, and sees a file that was put in another one’s place', async () => {
    server = Server.npm('dev', { DATA_DIR: path.join(checkout, 'data'), LOG_LEVEL: 'warn' }, checkout)
    await server.ready()
    const text = fs.readFileSync(declaration(), 'utf8')
    const same = said(/Reloaded in \d+ ms.*\n/)
    save(`${text}\n// changed\n`)
    assert.match(await same, /the API is as before/)
    const broken = said(/The server from before goes on/)
    save(text.replace("owner('users')", "owner('nobody')"))
    const line = text.slice(0, text.indexOf("owner('users')")).split('\n').length
    assert.match(await broken, new RegExp(`could not start: [^]*user_id[^]*tasks\\.ts:${line}\n`))
    assert.equal((await fetch(`${url()}/health`)).status, 200)
    const changed = said(/Reloaded in \d+ ms[^]*\+ POST[^\n]*\n/)
    save(text.replace('reopen: {', 'again: {'))
    const told = await changed
    assert.match(told, /- POST \/api\/v1\/tasks\/\{id\}\/reopen\n/)
    assert.match(told, /\+ POST \/api\/v1\/tasks\/\{id\}\/again\n/)
    assert.ok(
      '/tasks/{id}/again' in (await openapi()).paths || '/api/v1/tasks/{id}/again' in (await openapi()).paths
    )
    const back = said(/Reloaded in/)
    fs.writeFileSync(declaration(), text)
    await back
    assert.equal(await server.end('SIGTERM'), 0, server.output)
  })
})
