import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { buildClient } from '../../scripts/client.cjs'

const SOCKET_IO = path.join(__dirname, '../../node_modules/socket.io-client/dist/socket.io.esm.min.js')

/** A site of its own with pages of this folder and the modules that they import, as a build of the package has them. */
export const openSite = async () => {
  const lib = await mkdtemp(path.join(os.tmpdir(), 'rachis-site-'))
  await buildClient(lib)
  const modules: Readonly<Record<string, string>> = {
    '/client.mjs': path.join(lib, 'client/index.mjs'),
    '/socket.io.mjs': SOCKET_IO
  }
  const server = createServer(({ url = '' }, response) => {
    const file = modules[url] ?? path.join(__dirname, path.basename(url))
    if (!existsSync(file)) return void response.writeHead(404).end()
    response.setHeader('Content-Type', url.endsWith('.html') ? 'text/html' : 'text/javascript')
    response.end(readFileSync(file))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close()
      await rm(lib, { recursive: true })
    }
  }
}
