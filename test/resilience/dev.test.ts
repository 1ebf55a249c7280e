import assert from 'node:assert/strict'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onlyInDepth } from '../helpers/depth'
import { Server } from './server'

const ROOT = path.join(__dirname, '../..')
const PARTS = ['src', 'config', 'migrations', 'package.json', 'tsconfig.json']

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
  /** Waits for what the server says from now on. */
  const said = async (text: RegExp) => {
    const from = server.output.length
    while (!text.test(server.output.slice(from))) await once(server.child.stdout!, 'data')
  }

  it('starts anew at a file that was renamed into place, waits at a broken declaration, and comes back', async () => {
    server = Server.npm('dev', { DATA_DIR: path.join(checkout, 'data'), LOG_LEVEL: 'info' }, checkout)
    await server.ready()
    const text = fs.readFileSync(declaration(), 'utf8')
    const changed = said(/Rachis is ready/)
    save(`${text}\n// changed\n`)
    await changed
    const stopped = said(/SIGTERM: stopping/)
    save(text.replace("owner('users')", "owner('nobody')"))
    await stopped
    while (!server.output.includes('Rachis could not start')) await once(server.child.stderr!, 'data')
    const back = said(/Rachis is ready/)
    save(text)
    await back
    assert.equal(await server.end('SIGTERM'), 0, server.output)
  })
})
