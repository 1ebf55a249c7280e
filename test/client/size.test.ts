import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { buildClient } from '../../scripts/client.cjs'

const LIMIT = 12 * 1024

describe('the client’s modules', () => {
  let lib: string
  before(async () => {
    lib = mkdtempSync(path.join(os.tmpdir(), 'rachis-client-'))
    await buildClient(lib)
  })
  after(() => rmSync(lib, { recursive: true }))

  it('have at most 12 KB gzipped beside socket.io-client', async () => {
    const entryPoints = [path.join(lib, 'client/index.mjs')]
    const { outputFiles } = await build({ entryPoints, bundle: true, minify: true, format: 'esm', external: ['socket.io-client', './upload/upload.mjs'], write: false }) // prettier-ignore
    const size = gzipSync(outputFiles[0]!.contents, { level: 9 }).length
    console.log(`      ${size} bytes`)
    assert.ok(size <= LIMIT, `${size} bytes`)
  })

  it('import what a page brings, and nothing of Node or of the engine', () => {
    const imported = (name: string) =>
      [...readFileSync(path.join(lib, `client/${name}.mjs`), 'utf8').matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, from]) => from) // prettier-ignore
    assert.deepEqual(imported('index'), ['socket.io-client', './upload/upload.mjs'])
    assert.deepEqual(imported('upload/upload'), [])
    assert.deepEqual(imported('react'), ['react'])
    assert.deepEqual(imported('tanstack-db'), [])
    assert.deepEqual(imported('tanstack-query'), [])
  })
})
