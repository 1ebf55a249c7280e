import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { once } from 'node:events'
import { createDatabase, dropDatabase } from '../helpers/database'
import { onlyInDepth } from '../helpers/depth'
import { PackedCreator } from './created-project'
import { showsLines, Terminal } from './tutorial-terminal'

const ROOT = path.join(__dirname, '../..')
const PAGE = readFileSync(path.join(ROOT, 'docs/tutorial.md'), 'utf8')
const APPLICATION = 'help-desk'
const DATABASE = 'postgres://api:secret@db.example.com/help_desk'
const PORT = '3030'

interface Block {
  /** Behind the three marks: `sh` is typed, `sh serves` in a terminal of its own, `text` shown, `text says` by the server, `ts` a file. */
  readonly kind: string
  readonly text: string
}
const blocks: readonly Block[] = [...PAGE.matchAll(/^```(.+)\n([^]*?)^```$/gm)].map(([, kind, text]) => ({
  kind: kind!,
  text: text!
}))

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))

  return port
}

/** `npm create rachis x` takes both packages from their tarballs, and what they need from the checkout. */
const withoutNetwork = ({ program, engine }: PackedCreator) => `
npm() {
  if [ "$1 $2" != 'create rachis' ]; then command npm "$@"; return; fi
  node '${program}' "$3" --no-install --engine 'file:${engine}'
  mkdir -p "$3/node_modules/rachis" && tar -xzf '${engine}' -C "$3/node_modules/rachis" --strip-components=1
  for module in '${ROOT}'/node_modules/* '${ROOT}/node_modules/.bin'; do
    [ "$(basename "$module")" = rachis ] || ln -s "$module" "$3/node_modules/"
  done
}`

describe('docs/tutorial.md', function () {
  this.timeout(600_000)

  it('has commands, files and what they show, and nothing that is not tried', () => {
    const kinds = ['sh', 'sh serves', 'text', 'text says', 'ts']
    assert.deepEqual([...new Set(blocks.map(({ kind }) => kind))].sort(), kinds)
  })

  it('works as it is written, from npm create to production (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const creator = await PackedCreator.make()
    const database = await createDatabase('template0')
    const port = String(await freePort())
    const { DATABASE_URL: _url, REDIS_URL: _redis, RACHIS_TEST_SERVER: _server, RACHIS_TEST_RUN: _run, NODE_ENV: _env, FORCE_COLOR: _color, ...inherited } = process.env // prettier-ignore
    const env = { ...inherited, PORT: port, NODE_V8_COVERAGE: '' }
    const here = (text: string) => text.replaceAll(PORT, port).replaceAll(DATABASE, database)
    const terminal = new Terminal(creator.folder, env, withoutNetwork(creator))
    let server: Terminal | undefined
    let shown = ''
    /** What is done with a block of each kind. */
    const follow: Readonly<Record<string, (text: string) => unknown>> = {
      sh: async (text) => (shown = await terminal.type(here(text))),
      'sh serves': async (text) => {
        await server?.close()
        server = new Terminal(creator.folder, env)
        // The shell makes way for the server, which the signal at its end then reaches.
        server.serve(here(text).replace(/\n((?:\w+=\S+ |\w+='[^']*' )*)(npm run dev|node lib\/)\n$/, '\nexport _=; export $1; exec $2\n')) // prettier-ignore
      },
      text: (text) => assert.ok(showsLines(shown, text), `${shown}\n—— should show ——\n${text}`),
      'text says': (text) => server!.shows(text),
      ts: (text) => {
        const [, place = ''] = /^\/\/ (\S+)\n/.exec(text) ?? []
        writeFileSync(path.join(creator.folder, APPLICATION, place), text)
      }
    }
    try {
      for (const { kind, text } of blocks) await follow[kind]!(text)
    } finally {
      await Promise.all([server?.close(), terminal.close()])
      await dropDatabase(database)
      creator.remove()
    }
  })
})
